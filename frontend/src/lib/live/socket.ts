import { nextTry } from "../modules";
import type { LiveOptions, LiveSocket } from "./live-client";

const ACKNOWLEDGEMENT_TIMEOUT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

type OpenSocket = LiveOptions<never>["openSocket"];

/**
 * Fetches the socket's code, which isn't needed for the first paint. A chunk that doesn't come is
 * asked for again until it does; null if nobody waits any more.
 */
export async function loadSocket(signal: AbortSignal): Promise<OpenSocket | null> {
  for (let delay = FIRST_RETRY_MS; !signal.aborted; delay = Math.min(delay * 2, LAST_RETRY_MS)) {
    try {
      const { io } = await import("socket.io-client");
      return signal.aborted ? null : opener(io);
    } catch {
      await nextTry(delay);
    }
  }
  return null;
}

function opener(io: typeof import("socket.io-client").io): OpenSocket {
  return (auth): LiveSocket => {
    const socket = io({ path: "/socket.io/", autoConnect: false, auth });
    return {
      get connected() {
        return socket.connected;
      },
      connect: () => socket.connect(),
      disconnect: () => socket.disconnect(),
      on: (event, handler) => socket.on(event, handler as (...args: unknown[]) => void),
      emitWithAck: (event, payload) =>
        socket.timeout(ACKNOWLEDGEMENT_TIMEOUT_MS).emitWithAck(event, payload),
    };
  };
}
