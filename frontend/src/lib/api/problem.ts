import { isAxiosError } from "axios";
import { t } from "../messages";
import type { FieldError, ProblemBody } from "./types";

/** Why a request was refused (RFC 9457), or, with status 0, why it never arrived. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly status: number;
  readonly code: string;
  readonly errors: FieldError[];
  /** Seconds after which the server would like to be asked again. */
  readonly retryAfter: number | null;

  constructor(body: Partial<ProblemBody> & { status: number }, retryAfter: number | null = null) {
    super(body.detail ?? body.title ?? `status ${body.status}`);
    this.status = body.status;
    this.code = body.code ?? codeOfStatus(body.status);
    this.errors = body.errors ?? [];
    this.retryAfter = retryAfter;
  }

  /** Asking again may work, because nothing was decided: no network, an overload, a time-out. */
  get isTransient(): boolean {
    return (
      this.status === 0 ||
      this.status === 408 ||
      this.status === 429 ||
      this.status >= 500 ||
      // Somebody else changed the same thing at the same moment.
      this.code === "conflict"
    );
  }

  /** What to tell a person: our own words for the codes we know, else the server's. */
  get text(): string {
    return textOfCode(this.code) ?? this.message;
  }
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isAxiosError(error) && error.response) {
    const { status, data, headers } = error.response;
    const body: Partial<ProblemBody> = isObject(data) ? data : {};
    const after = Number(headers["retry-after"]);
    return new Problem({ ...body, status }, Number.isFinite(after) ? after : null);
  }
  if (isAxiosError(error)) return new Problem({ status: 0, code: "network" });
  return new Problem({ status: 500, code: "unexpected" });
}

/** A problem as the socket sends it inside an acknowledgement. */
export function problemFrom(body: unknown): Problem {
  const problem: Partial<ProblemBody> = isObject(body) ? body : {};
  return new Problem({ ...problem, status: problem.status ?? 500 });
}

/** What to say under a form's field: `taken` at `username` is our `username-taken`. */
export function fieldText(error: FieldError): string {
  return textOfCode(`${error.field}-${error.code}`) ?? textOfCode(error.code) ?? error.message;
}

/** Our own words for a code that is all that was kept of a problem. */
export function problemText(code: string): string {
  return textOfCode(code) ?? t.problems.unexpected;
}

/** Our own words for a code, if we know it. */
export function textOfCode(code: string): string | undefined {
  return Object.hasOwn(t.problems, code) ? t.problems[code as keyof typeof t.problems] : undefined;
}

function codeOfStatus(status: number): string {
  if (status === 0) return "network";
  if (status === 404) return "not-found";
  return status >= 500 ? "unavailable" : "unexpected";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
