import { Label } from "radix-ui";
import { type ReactNode, useId } from "react";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  /** Gets what ties the control to its label, hint and error. */
  children: (control: {
    id: string;
    "aria-invalid": boolean;
    "aria-describedby": string | undefined;
  }) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="space-y-1.5">
      <Label.Root htmlFor={id} className="block text-sm font-semibold">
        {label}
      </Label.Root>
      {children({
        id,
        "aria-invalid": error !== undefined,
        "aria-describedby": note ? `${id}-note` : undefined,
      })}
      {note && (
        <p
          id={`${id}-note`}
          role={error ? "alert" : undefined}
          className={`text-sm text-pretty ${error ? "font-medium text-danger" : "text-ink-faint"}`}
        >
          {note}
        </p>
      )}
    </div>
  );
}
