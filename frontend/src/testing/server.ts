import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";

/** The network of the component tests. Each test says what it answers; anything else fails. */
export const server = setupServer();

export const answer = HttpResponse.json;

export { http };

/** A refusal as the API sends it. */
export function refuse(
  status: number,
  code: string,
  errors: { field: string; code: string; message: string }[] = [],
) {
  return HttpResponse.json(
    { type: `about:blank#${code}`, title: code, status, detail: `Refused: ${code}.`, code, errors },
    { status, headers: { "Content-Type": "application/problem+json" } },
  );
}

/** Something that a test lets happen when it has looked at what was before. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
