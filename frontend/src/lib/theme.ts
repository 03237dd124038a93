import { useSyncExternalStore } from "react";
import { browserStore } from "./storage";

export type ThemeChoice = "system" | "light" | "dark";

// public/theme.js reads the same key before the first paint.
const KEY = "echo:theme";
const listeners = new Set<() => void>();
const system =
  typeof window.matchMedia === "function"
    ? window.matchMedia("(prefers-color-scheme: dark)")
    : null;

function choice(): ThemeChoice {
  const stored = browserStore.get(KEY);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function applyTheme(): void {
  const chosen = choice();
  const dark = chosen === "dark" || (chosen === "system" && system?.matches === true);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  // The bars of a phone's browser follow the choice, not the system.
  for (const meta of document.querySelectorAll('meta[name="theme-color"]')) {
    meta.removeAttribute("media");
    meta.setAttribute("content", dark ? "#0c1519" : "#f1f7f8");
  }
}

system?.addEventListener("change", applyTheme);

export function useTheme(): [ThemeChoice, (theme: ThemeChoice) => void] {
  return [useSyncExternalStore(subscribe, choice), setTheme];
}

function setTheme(theme: ThemeChoice): void {
  if (theme === "system") browserStore.remove(KEY);
  else browserStore.set(KEY, theme);
  applyTheme();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
