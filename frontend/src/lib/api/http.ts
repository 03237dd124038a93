import axios, { type AxiosInstance, type InternalAxiosRequestConfig } from "axios";
import type { Positions } from "../positions";
import { toProblem } from "./problem";
import type { Session } from "./session";

interface Sent extends InternalAxiosRequestConfig {
  /** The token that this request went out with, to tell a stale one from a refused one. */
  sentToken?: string | null;
  /** The positions that it asked for of itself. */
  sentPositions?: string;
  retried?: boolean;
}

interface HttpOptions {
  session: Session;
  positions: Positions;
  /** A read was answered before the projections had caught up with what was asked for; it is known by its signal. */
  onStale?: (signal: AbortSignal | undefined) => void;
}

/**
 * The one way to the API: sends the token, renews it once when it is refused, remembers the
 * position of every command and asks later reads to include it, and throws `Problem`s only.
 */
export function createHttp({ session, positions, onStale }: HttpOptions): AxiosInstance {
  const http = axios.create({ baseURL: "/", timeout: 30_000 });

  http.interceptors.request.use(async (config: Sent) => {
    // The client was opened without a network: it knows who is here before it may ask for anything.
    if (session.lacksToken) await session.refresh();
    config.sentToken = session.token;
    if (session.token) config.headers.set("Authorization", `Bearer ${session.token}`);
    const isRead = (config.method ?? "get").toLowerCase() === "get";
    const minimum = positions.token();
    if (isRead && minimum && !config.headers.has("Echo-Min-Position")) {
      config.headers.set("Echo-Min-Position", minimum);
      config.sentPositions = minimum;
    }
    return config;
  });

  http.interceptors.response.use(
    (response) => {
      if (response.config.method !== "get") positions.observe(response.headers["echo-position"]);
      else if (response.headers["echo-consistency"] === "stale")
        onStale?.(response.config.signal as AbortSignal | undefined);
      return response;
    },
    async (error: unknown) => {
      const config = axios.isAxiosError(error) ? (error.config as Sent | undefined) : undefined;
      // The server was set back to an earlier time: what was ours then is all that there is.
      const fromTheFuture = toProblem(error).code === "invalid-position";
      if (fromTheFuture && config?.sentPositions && !config.retried) {
        positions.forget();
        config.headers.delete("Echo-Min-Position");
        config.retried = true;
        return http.request(config);
      }
      const refused = axios.isAxiosError(error) && error.response?.status === 401;
      if (!refused || !config?.sentToken || config.retried) throw toProblem(error);
      const token =
        session.token !== config.sentToken ? session.token : await session.refresh().catch(thrown);
      if (!token) throw toProblem(error);
      config.retried = true;
      return http.request(config);
    },
  );

  return http;
}

function thrown(error: unknown): never {
  throw toProblem(error);
}
