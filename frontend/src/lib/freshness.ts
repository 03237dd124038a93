/** A post or a message takes pictures uploaded less than twelve hours before; one that waits longer is dropped. */
export const FRESH_MS = 11 * 60 * 60_000;
