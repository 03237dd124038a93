import type { Positions } from "../positions";
import { toProblem } from "./problem";
import type { Session } from "./session";
import { type Answer, type RequestOptions, send } from "./transport";

interface HttpOptions {
  session: Session;
  positions: Positions;
  /** A read was answered before the projections had caught up with what was asked for; it is known by its signal. */
  onStale?: (signal: AbortSignal | undefined) => void;
}

type Ask = <T = unknown>(path: string, options?: RequestOptions) => Promise<Answer<T>>;
type Tell = <T = unknown>(
  path: string,
  body?: unknown,
  options?: RequestOptions,
) => Promise<Answer<T>>;

export interface Http {
  get: Ask;
  delete: Ask;
  post: Tell;
  put: Tell;
  patch: Tell;
}

/**
 * The one way to the API: sends the token, renews it once when it is refused, remembers the
 * position of every command and asks later reads to include it, and throws `Problem`s only.
 */
export function createHttp({ session, positions, onStale }: HttpOptions): Http {
  async function attempt<T>(
    method: string,
    path: string,
    body: unknown,
    options: RequestOptions,
    token: string | null,
  ): Promise<Answer<T>> {
    const headers = { ...options.headers };
    if (token) headers.Authorization = `Bearer ${token}`;
    const minimum = positions.token();
    if (method === "GET" && minimum) headers["Echo-Min-Position"] ??= minimum;
    const answer = await send<T>(method, path, body, { ...options, headers });
    if (method !== "GET") positions.observe(answer.headers["echo-position"]);
    else if (answer.headers["echo-consistency"] === "stale") onStale?.(options.signal);
    return answer;
  }

  async function request<T>(
    method: string,
    path: string,
    body: unknown,
    options: RequestOptions = {},
  ): Promise<Answer<T>> {
    const token = session.token;
    try {
      return await attempt<T>(method, path, body, options, token);
    } catch (error) {
      const refused = toProblem(error).status === 401;
      if (!refused || !token) throw error;
      // Another request may have met the same refusal, and renewed it by now.
      const renewed =
        session.token !== token ? session.token : await session.refresh().catch(thrown);
      if (!renewed) throw error;
      return attempt<T>(method, path, body, options, renewed);
    }
  }

  const asking =
    (method: string): Ask =>
    (path, options) =>
      request(method, path, options?.data, options);
  const telling =
    (method: string): Tell =>
    (path, body, options) =>
      request(method, path, body, options);
  return {
    get: asking("GET"),
    delete: asking("DELETE"),
    post: telling("POST"),
    put: telling("PUT"),
    patch: telling("PATCH"),
  };
}

function thrown(error: unknown): never {
  throw toProblem(error);
}
