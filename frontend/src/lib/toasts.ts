import { useSyncExternalStore } from "react";

export interface ToastItem {
  id: number;
  kind: "done" | "error";
  text: string;
  action?: ToastAction;
}

/** What can be done about what a toast says, as to undo it. */
export interface ToastAction {
  label: string;
  run: () => void;
}

let toasts: ToastItem[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says briefly that something was done, or that it wasn't. */
export function showToast(kind: ToastItem["kind"], text: string, action?: ToastAction): void {
  lastId += 1;
  // Three at a time are as many as anybody reads.
  change([...toasts, { id: lastId, kind, text, action }].slice(-3));
}

export function dismissToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

export function dismissAllToasts(): void {
  change([]);
}

export function useToasts(): ToastItem[] {
  return useSyncExternalStore(subscribe, () => toasts);
}

function change(next: ToastItem[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
