// What the scenarios share: how load is offered, and which thresholds hold for whom.

const setting = (name, otherwise) => __ENV[name] || otherwise;

/** How many seconds k6's way of writing a time means: 90s, 5m, 1h30m, 500ms. */
export function seconds(text) {
  const units = { h: 3600, m: 60, s: 1, ms: 0.001 };
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join("") !== text) {
    throw new Error(`ECHO_DURATION: "${text}" is no time; 90s, 5m and 1h30m are`);
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * units[unit], 0);
}

/** Operations offered in a second, whatever the answers take. */
export const RATE = Number(setting("ECHO_RATE", "300"));
/** For how long. */
export const DURATION = setting("ECHO_DURATION", "1m");
/** How many people are prepared. */
export const PEOPLE = Number(setting("ECHO_PEOPLE", "200"));

/** A load that doesn't wait for answers: a system that slows down is offered no less. */
export function offered(rate = RATE, duration = DURATION) {
  return {
    executor: "constant-arrival-rate",
    rate,
    timeUnit: "1s",
    duration,
    // Enough for answers that take a third of a second; more come if it needs them.
    preAllocatedVUs: Math.ceil(rate / 3),
    maxVUs: rate * 4,
    gracefulStop: "30s",
  };
}

/** What the summary tells of each metric. */
export const SUMMARY = ["avg", "min", "med", "p(95)", "p(99)", "max", "count"];

/** The setup may take a minute for every thousand people on a slow machine. */
export const SETUP_TIMEOUT = "10m";

/** Nothing may fail where the load is one that the system is made for. */
export const NOTHING_FAILS = {
  echo_failed: ["rate==0"],
  echo_refused: ["rate==0"],
  checks: ["rate==1"],
};

/** Kept in the summary without a limit of its own: a limit that always holds. */
export function shown(...metrics) {
  return Object.fromEntries(metrics.map((metric) => [metric, ["count>=0"]]));
}
