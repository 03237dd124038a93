interface KeyPress {
  key: string;
  keyCode: number;
  isComposing?: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  /** React hides the browser's own event in here. */
  nativeEvent?: { isComposing: boolean };
}

/**
 * True for a key that belongs to an input method: its Enter chooses a word, its Escape gives one up,
 * its arrows move in its list. Safari ends the composition before it tells of the key, which then
 * is known by its code alone (WebKit 165004). Every handler of keys asks this first.
 */
export function isComposing(event: KeyPress): boolean {
  return (event.nativeEvent ?? event).isComposing === true || event.keyCode === 229;
}

/** Enter with Ctrl or Cmd, which sends from any keyboard. */
export function isSendingKey(event: KeyPress): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !isComposing(event);
}

/** For Radix' layers, which close by Escape: not by the one of an input method. */
export function keepOpenWhileComposing(event: KeyboardEvent): void {
  if (isComposing(event)) event.preventDefault();
}
