import { ChevronDown } from "lucide-react";
import { type ReactNode, Suspense, useId, useState } from "react";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";

/** A form that is there when one wants it. Its code is fetched by then as well. */
export function Reveal({ label, children }: { label: string; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      <Button
        variant="outline"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => setOpen(!open)}
      >
        {label}
        <ChevronDown
          aria-hidden="true"
          className={cn("transition-transform", open && "rotate-180")}
        />
      </Button>
      <div id={id} hidden={!open}>
        {open && (
          <div className="mt-5 animate-rise">
            <Suspense fallback={<Skeleton className="h-40 rounded-2xl" />}>{children}</Suspense>
          </div>
        )}
      </div>
    </>
  );
}
