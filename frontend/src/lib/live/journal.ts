import { isNewer } from "../positions";

/** The current state of one thing, known by its key, as of a position. */
export interface Change {
  key: string;
  position: string;
}

/** Older entries are dropped beyond this: every answer under way by then is long past them. */
const CAPACITY = 2_000;

/**
 * The latest change held of each thing. It tells what is news, and what an answer that was computed
 * at an earlier position lacks: an answer under way must not undo an event that overtook it.
 */
export class Journal<C extends Change> {
  private readonly latest = new Map<string, C>();

  /** True if this is news: newer than what is held under the same key. */
  record(change: C): boolean {
    const held = this.latest.get(change.key);
    if (held && !isNewer(change.position, held.position)) return false;
    // Deleting first moves the key to the end, so that the map stays in order of change.
    this.latest.delete(change.key);
    this.latest.set(change.key, change);
    if (this.latest.size > CAPACITY) {
      const oldest = this.latest.keys().next();
      if (!oldest.done) this.latest.delete(oldest.value);
    }
    return true;
  }

  after(position: string): C[] {
    return [...this.latest.values()].filter((change) => isNewer(change.position, position));
  }
}
