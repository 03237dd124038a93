/**
 * A position is a stream's letter and a sequence in it, `e12`; a token may name several, `e12,c7`.
 * Sequences are compared within one stream only.
 */
export interface Position {
  stream: string;
  sequence: number;
}

export function parsePositions(token: string | null | undefined): Position[] {
  if (!token) return [];
  return token.split(",").flatMap((part) => {
    const match = /^\s*([a-z])(\d+)\s*$/.exec(part);
    return match?.[1] ? [{ stream: match[1], sequence: Number(match[2]) }] : [];
  });
}

/** The sequence of a single position, 0 for none: enough to order what lives in one stream. */
export function sequenceOf(position: string | null | undefined): number {
  return parsePositions(position)[0]?.sequence ?? 0;
}

/** The sequence that a token names for one stream, 0 if it names none. */
export function sequenceIn(stream: string, token: string | null | undefined): number {
  return parsePositions(token).find((position) => position.stream === stream)?.sequence ?? 0;
}

export function isNewer(position: string, than: string | null | undefined): boolean {
  return sequenceOf(position) > sequenceOf(than);
}

/** The highest position seen of each stream: what a later read has to include. */
export class Positions {
  private readonly highest = new Map<string, number>();
  private readonly changed: (() => void) | undefined;

  constructor(changed?: () => void) {
    this.changed = changed;
  }

  observe(token: string | null | undefined): void {
    let moved = false;
    for (const { stream, sequence } of parsePositions(token)) {
      if (sequence > (this.highest.get(stream) ?? 0)) {
        this.highest.set(stream, sequence);
        moved = true;
      }
    }
    if (moved) this.changed?.();
  }

  /** The token for `Echo-Min-Position`, or null when nothing was seen yet. */
  token(): string | null {
    if (this.highest.size === 0) return null;
    return [...this.highest].map(([stream, sequence]) => `${stream}${sequence}`).join(",");
  }

  clear(): void {
    this.highest.clear();
  }

  /** They mean nothing any more: the server has lost what they stood for. */
  forget(): void {
    this.clear();
    this.changed?.();
  }
}
