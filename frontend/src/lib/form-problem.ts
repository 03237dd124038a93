import type { FieldValues, Path, UseFormSetError } from "react-hook-form";
import { fieldText, toProblem } from "./api/problem";

/** Puts what the server refused where it belongs: at the fields that it names, or above the form. */
export function showProblem<Form extends FieldValues>(
  error: unknown,
  fields: readonly Path<Form>[],
  setError: UseFormSetError<Form>,
  /** The fields that problems are about which name none, by code. */
  byCode: Record<string, Path<Form>> = {},
): void {
  const problem = toProblem(error);
  const field = byCode[problem.code];
  if (field) {
    setError(field, { message: problem.text }, { shouldFocus: true });
    return;
  }
  const known = problem.errors.filter((each) => fields.includes(each.field as Path<Form>));
  known.forEach((each, i) => {
    setError(each.field as Path<Form>, { message: fieldText(each) }, { shouldFocus: i === 0 });
  });
  if (known.length > 0) return;
  setError("root", { message: problem.text });
}
