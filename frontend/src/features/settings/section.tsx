import { type ReactNode, useId } from "react";
import { Card } from "@/components/ui/card";

interface SectionProps {
  title: string;
  hint?: string;
  /** Gets the heading's id, for controls that it names. */
  children: (heading: string) => ReactNode;
}

/** One matter of the settings. */
export function Section({ title, hint, children }: SectionProps) {
  const heading = useId();
  return (
    <Card className="p-4 sm:p-6">
      <section aria-labelledby={heading}>
        <h2 id={heading} className="text-lg font-bold">
          {title}
        </h2>
        {hint && <p className="text-pretty text-ink-soft">{hint}</p>}
        <div className="mt-4">{children(heading)}</div>
      </section>
    </Card>
  );
}
