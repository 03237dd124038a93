import { Check, ChevronDown, Globe, Users } from "lucide-react";
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

const CHOICES = [
  { value: "public", label: t.post.public, Icon: Globe },
  { value: "friends", label: t.post.friendsOnly, Icon: Users },
] as const;

interface AudienceMenuProps {
  value: Visibility;
  onChange: (visibility: Visibility) => void;
}

export default function AudienceMenu({ value, onChange }: AudienceMenuProps) {
  const { label, Icon } = CHOICES.find((choice) => choice.value === value) ?? CHOICES[0];
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button variant="ghost" size="sm" aria-label={`${t.composer.audience}: ${label}`}>
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
          {CHOICES.map((choice) => (
            <DropdownMenuRadioItem key={choice.value} value={choice.value}>
              <choice.Icon aria-hidden="true" />
              <span className="flex-1">{choice.label}</span>
              {choice.value === value && <Check aria-hidden="true" />}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
