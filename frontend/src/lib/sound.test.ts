import { act, renderHook } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { playOnce, useMessageSound } from "./sound";

/** How many notes a browser was asked to play. */
let notes = 0;

class SilentContext {
  currentTime = 0;
  destination = {};
  resume = async () => {};
  createOscillator() {
    notes += 1;
    return { frequency: {}, connect: (to: unknown) => to, start: () => {}, stop: () => {} };
  }
  createGain() {
    const gain = {
      setValueAtTime: () => {},
      linearRampToValueAtTime: () => {},
      exponentialRampToValueAtTime: () => {},
    };
    return { gain, connect: () => {} };
  }
}

beforeEach(() => {
  notes = 0;
  vi.stubGlobal("AudioContext", SilentContext);
});

const switchOn = () => {
  const { result } = renderHook(() => useMessageSound());
  act(() => result.current[1](true));
  return result;
};

test("a message is silent until somebody wants to hear it, who hears at once what they chose", async () => {
  await playOnce("m1", { heard: true });
  expect(notes).toBe(0);
  const sound = switchOn();
  expect(sound.current[0]).toBe(true);
  expect(notes).toBe(2);
  await playOnce("m2", { heard: true });
  expect(notes).toBe(4);
  act(() => sound.current[1](false));
  await playOnce("m3", { heard: true });
  expect(notes).toBe(4);
});

test("of several tabs one plays the sound, and none while the chat is looked at in one", async () => {
  switchOn();
  const taken = new Set<string>();
  Object.defineProperty(navigator, "locks", {
    configurable: true,
    value: {
      request: async (
        name: string,
        _options: object,
        hold: (lock: object | null) => Promise<void>,
      ) => {
        const lock = taken.has(name) ? null : {};
        taken.add(name);
        // As long as it is held the next one doesn't get it; nobody needs to wait for that.
        void hold(lock);
      },
    },
  });
  notes = 0;
  await Promise.all([playOnce("m4", { heard: true }), playOnce("m4", { heard: true })]);
  expect(notes).toBe(2);
  await playOnce("m5", { heard: false });
  await playOnce("m5", { heard: true });
  expect(notes).toBe(2);
});
