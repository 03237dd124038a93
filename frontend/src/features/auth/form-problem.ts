import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { fieldText, toProblem } from "@/lib/api/problem";

/**
 * Puts what the server refused where it belongs: at the field that it names, or above the form.
 * `byCode` says which field a problem without field errors is about.
 */
export function showProblem<Form extends FieldValues>(
  error: unknown,
  fields: readonly Path<Form>[],
  setError: UseFormSetError<Form>,
  byCode: Record<string, Path<Form>> = {},
): void {
  const problem = toProblem(error);
  const known = problem.errors.filter((each) => fields.includes(each.field as Path<Form>));
  known.forEach((each, i) => {
    setError(each.field as Path<Form>, { message: fieldText(each) }, { shouldFocus: i === 0 });
  });
  if (known.length > 0) return;
  const field = byCode[problem.code];
  if (field) setError(field, { message: problem.text }, { shouldFocus: true });
  else setError("root", { message: problem.text });
}
