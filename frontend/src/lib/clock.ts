import { useSyncExternalStore } from "react";

const MINUTE_MS = 60_000;

/**
 * One clock for all that shows how long ago something was: it ticks with each minute while somebody
 * listens, and at once when a sleeping tab is looked at again.
 */
class Clock {
  private now = Date.now();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    if (this.listeners.size === 1) {
      // Nobody listened for a while: what is shown first must not be as old as that.
      this.now = Date.now();
      document.addEventListener("visibilitychange", this.wake);
      this.schedule();
    }
    return () => {
      this.listeners.delete(listener);
      if (this.listeners.size > 0) return;
      clearTimeout(this.timer);
      document.removeEventListener("visibilitychange", this.wake);
    };
  };

  readonly getNow = (): number => {
    if (this.listeners.size === 0) this.now = Date.now();
    return this.now;
  };

  private readonly wake = (): void => {
    if (document.visibilityState === "visible") this.tick();
  };

  private readonly tick = (): void => {
    this.now = Date.now();
    this.schedule();
    for (const listener of this.listeners) listener();
  };

  /** At the next full minute, so that a day begins when it begins. */
  private schedule(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.tick, MINUTE_MS - (Date.now() % MINUTE_MS));
  }
}

const clock = new Clock();

/** The text that `read` makes of the time, kept true while it is on screen. Renders only when the text changes. */
export function useTimeText(read: (now: number) => string): string {
  return useSyncExternalStore(clock.subscribe, () => read(clock.getNow()));
}
