import { CircleAlert } from "lucide-react";

/** What went wrong with a form as a whole. */
export function FormAlert({ message }: { message: string | undefined }) {
  if (!message) return null;
  return (
    <p
      role="alert"
      className="mb-5 flex items-start gap-2.5 rounded-xl bg-danger-soft px-4 py-3 text-[0.9375rem] font-medium text-danger"
    >
      <CircleAlert aria-hidden="true" className="mt-0.5 size-5 shrink-0" />
      {message}
    </p>
  );
}
