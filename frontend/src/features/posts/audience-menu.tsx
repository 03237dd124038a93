import { Check, ChevronDown } from "lucide-react";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import type { Visibility } from "@/lib/api/types";
import { t } from "@/lib/messages";
import { AUDIENCES } from "./audience-label";

const CHOICES = ["public", "friends"] as const;

interface AudienceMenuProps {
  value: Visibility;
  onChange: (visibility: Visibility) => void;
}

export default function AudienceMenu({ value, onChange }: AudienceMenuProps) {
  const { label, Icon } = AUDIENCES[value];
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          variant="ghost"
          size="sm"
          className="px-3"
          aria-label={`${t.composer.audience}: ${label}`}
        >
          <Icon aria-hidden="true" />
          {label}
          <ChevronDown aria-hidden="true" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start" aria-label={t.composer.audience}>
        <DropdownMenuRadioGroup
          value={value}
          onValueChange={(chosen) => onChange(chosen as Visibility)}
        >
          {CHOICES.map((choice) => {
            const { label, Icon } = AUDIENCES[choice];
            return (
              <DropdownMenuRadioItem key={choice} value={choice}>
                <Icon aria-hidden="true" />
                <span className="flex-1">{label}</span>
                {choice === value && <Check aria-hidden="true" />}
              </DropdownMenuRadioItem>
            );
          })}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
