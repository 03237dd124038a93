import { useSyncExternalStore } from "react";
import { isAttentive } from "./attention";
import { browserStore } from "./storage";

// The sound of a message: off until somebody switches it on, on this device.

const KEY = "echo:message-sound";
const ON = "on";
const listeners = new Set<() => void>();

const isOn = (): boolean => browserStore.get(KEY) === ON;

export function useMessageSound(): [boolean, (on: boolean) => void] {
  return [useSyncExternalStore(subscribe, isOn), switchSound];
}

/** Whoever switches it on hears what they have chosen. */
function switchSound(on: boolean): void {
  if (on) browserStore.set(KEY, ON);
  else browserStore.remove(KEY);
  for (const listener of listeners) listener();
  if (on) play();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** For as long no other tab plays the same. */
const ONE_TAB_MS = 3_000;
/** So long the others leave it to a tab that is looked at, which may not need to play. */
const GIVE_WAY_MS = 200;

/** Plays the sound of a message in one of this browser's tabs; in none, if one where it isn't wanted is looked at. */
export async function playOnce(message: string, { heard }: { heard: boolean }): Promise<void> {
  if (!isOn()) return;
  if (!navigator.locks) {
    if (heard) play();
    return;
  }
  if (!isAttentive()) await pause(GIVE_WAY_MS);
  await navigator.locks.request(`echo:sound:${message}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    if (heard) play();
    await pause(ONE_TAB_MS);
  });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

let context: AudioContext | null = null;
const hasSound = (): boolean => typeof AudioContext === "function";

/** A note and its echo: each softer than what else a device says. */
const NOTES = [
  { hertz: 587, at: 0, loudness: 0.06 },
  { hertz: 880, at: 0.11, loudness: 0.04 },
];

/** A browser that plays nothing before somebody has touched the page stays silent. */
function play(): void {
  if (!hasSound()) return;
  context ??= new AudioContext();
  const { currentTime, destination } = context;
  void context.resume();
  for (const { hertz, at, loudness } of NOTES) {
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = hertz;
    volume.gain.setValueAtTime(0, currentTime + at);
    volume.gain.linearRampToValueAtTime(loudness, currentTime + at + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, currentTime + at + 0.45);
    note.connect(volume).connect(destination);
    note.start(currentTime + at);
    note.stop(currentTime + at + 0.5);
  }
}
