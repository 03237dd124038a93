// How long a test waits for what is on its way. A test ends when that is there, so a fast machine
// loses nothing by these bounds, and a slow or busy one has the time it needs: they only say when
// a test that will never end is given up. No test names a time of its own.
//
// Each wait is well below its test's bound, so that what failed is the wait, which says for what.

/** Unit and component tests: nothing leaves the process. */
export const COMPONENT = { wait: 60_000, test: 240_000, hook: 120_000 };

/** Browser tests: a real Chromium, and a whole system that shares the machine with it. */
export const BROWSER = { wait: 90_000, test: 900_000, hook: 300_000 };

/** What may be lost on its way is sent anew after this time, for as long as a browser test waits. */
export const ONE_TRY = 2_000;
export const TRIES = BROWSER.wait / ONE_TRY;
