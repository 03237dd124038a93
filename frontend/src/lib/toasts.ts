import { useSyncExternalStore } from "react";
import type { Peer } from "./api/types";

export interface ToastItem {
  id: number;
  kind: "done" | "error" | "message";
  text: string;
  action?: ToastAction;
  /** Who a message is from. */
  from?: Peer;
}

/** What can be done about what a toast says, as to undo it. */
export interface ToastAction {
  label: string;
  run: () => void;
  /** Stays until somebody has decided about it. */
  lasting?: boolean;
}

let toasts: ToastItem[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

/** Says briefly that something was done, or that it wasn't. Returns the toast's id. */
export function showToast(kind: "done" | "error", text: string, action?: ToastAction): number {
  return add({ kind, text, action }, toasts);
}

/** Shows the beginning of a message that has arrived, in place of an earlier one by the same person. */
export function showMessageToast(from: Peer, text: string, action: ToastAction): void {
  const others = toasts.filter((toast) => toast.from?.id !== from.id);
  add({ kind: "message", text, action, from }, others);
}

function add(toast: Omit<ToastItem, "id">, others: ToastItem[]): number {
  lastId += 1;
  // Three at a time are as many as anybody reads.
  change([...others, { id: lastId, ...toast }].slice(-3));
  return lastId;
}

export function dismissToast(id: number): void {
  change(toasts.filter((toast) => toast.id !== id));
}

/** Takes away what was said of messages, as when their chat is opened or nobody is signed in any more. */
export function dismissMessages(isOver: (from: Peer) => boolean): void {
  const left = toasts.filter(({ from }) => !(from && isOver(from)));
  if (left.length < toasts.length) change(left);
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
