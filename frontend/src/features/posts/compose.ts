/** The state of a visit that comes to write. */
export const COMPOSE = { compose: true };
