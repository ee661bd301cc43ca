// How durations are written: Go's syntax (`500ms`, `1h30m`, `1.5s`), never negative.

import { quoted } from "./text.ts";

/** Milliseconds in each unit; both code points of the micro sign are accepted, as in Go. */
const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["\u00b5s", 1e-3],
  ["\u03bcs", 1e-3],
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Go holds a duration in 63 bits of nanoseconds, some 292 years. */
const LONGEST_MS = 2 ** 63 / 1e6;

/** Characters of one: who writes more means something else, and each is looked at. */
export const LONGEST_DURATION = 100;

const GROUP = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/y;

/** The JSON Schema `pattern` of what parseDuration accepts, but for values that are too long. */
export const DURATION_PATTERN =
  "^(\\+?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h))+)|-0)$";

/**
 * The duration in milliseconds, fractional below one: an optional sign, then one or more
 * `<decimal><unit>` groups with the units ns, us (µs), ms, s, m, h; a bare `0` is legal.
 * Throws an Error whose message completes "timeout: …".
 */
export function parseDuration(text: string): number {
  if (text.length > LONGEST_DURATION) {
    throw new Error(`must have at most ${LONGEST_DURATION} characters, is ${quoted(text)}`);
  }
  const negative = text.startsWith("-");
  const body = negative || text.startsWith("+") ? text.slice(1) : text;
  const ms = body === "0" ? 0 : sumOfGroups(body);
  if (ms === undefined) {
    const meant = durationsMeant(text);
    throw new Error(
      `must be a duration such as "500ms", "30s" or "1h30m", not ${quoted(text)}` +
        (meant === undefined ? "" : `; write ${meant}`),
    );
  }
  if (negative && ms > 0) throw new Error(`must not be negative, is ${quoted(text)}`);
  if (ms >= LONGEST_MS) throw new Error(`must be below 292 years, is ${quoted(text)}`);
  return ms;
}

/** Hours in each unit that ages have beside those of durations. */
const AGE_HOURS: Readonly<Record<string, number>> = { d: 24, w: 168 };

/**
 * How old something is or may become, in milliseconds: a duration, or a number of days or weeks such as
 * `30d` and `2w`, of 24 hours a day. Throws as `parseDuration` does.
 */
export function parseAge(text: string): number {
  const [, number, unit] = text.length > LONGEST_DURATION
    ? []
    : /^(\d+(?:\.\d*)?)([dw])$/.exec(text) ?? [];
  return parseDuration(unit === undefined ? text : `${Number(number) * AGE_HOURS[unit]!}h`);
}

function sumOfGroups(body: string): number | undefined {
  let sum = 0;
  let at = 0;
  do {
    GROUP.lastIndex = at;
    const group = GROUP.exec(body);
    if (!group) return undefined;
    sum += Number(group[1]) * UNITS.get(group[2]!)!;
    at = GROUP.lastIndex;
  } while (at < body.length);
  return sum;
}

/** What others call units of time, as milliseconds. */
const SPELT: readonly (readonly [RegExp, number])[] = [
  [/^(ms|msecs?|millis|milliseconds?)$/, 1],
  [/^(|s|secs?|seconds?)$/, 1_000],
  [/^(m|mins?|minutes?)$/, 60_000],
  [/^(h|hrs?|hours?)$/, 3_600_000],
  [/^(d|days?)$/, 86_400_000],
  [/^(w|weeks?)$/, 604_800_000],
];

/**
 * What is to be written for a text that is no duration, in JSON quotes; two of a number without a unit,
 * `"500ms" or "500s"`, of which only the author knows which was meant. Undefined when none is seen.
 */
export function durationsMeant(text: string): string | undefined {
  const number = text.trim();
  if (/^\d{1,12}(?:\.\d{1,6})?$/.test(number) && Number(number) > 0) {
    const units = Number(number) < MOST_SECONDS ? ["s", "ms"] : ["ms", "s"];
    const ways = units.map((unit) => `"${number}${unit}"`);
    return ways.join(" or ");
  }
  const meant = durationMeant(text);
  return meant === undefined ? undefined : JSON.stringify(meant);
}

/** From here on a number is more likely one of milliseconds. */
const MOST_SECONDS = 100;

/**
 * The duration that a text seems to say in another way: `5 minutes`, `1d`, `PT1H30M` become `30s`, `5m`, `24h`, `1h30m`; undefined when none is seen.
 */
function durationMeant(text: string): string | undefined {
  if (text.length > LONGEST_DURATION) return undefined;
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/i.exec(text.trim());
  const parts = iso
    ? ["d", "h", "m", "s"].map((unit, i) => [iso[i + 1] ?? "0", unit] as const)
    : spelt(text.trim().toLowerCase());
  let ms = 0;
  for (const [amount, unit] of parts ?? []) {
    const factor = SPELT.find(([names]) => names.test(unit))?.[1];
    if (factor === undefined) return undefined;
    ms += Number(amount) * factor;
  }
  return parts && ms > 0 && ms < LONGEST_MS ? formatDuration(ms) : undefined;
}

function spelt(text: string): (readonly [string, string])[] | undefined {
  if (!/^(?:\d+(?:\.\d+)?\s*[a-z]*(?:,\s*|\s+|$))+$/.test(text) || text === "") return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)].map(([, n, unit]) => [n!, unit!]);
}

/** Milliseconds (≥ 0) as the shortest such text: 5_400_000 → `1h30m`, 0.5 → `500us`, 0 → `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1e-3) return `${Math.round(ms * 1e6)}ns`;
  if (ms < 1) return `${decimal(ms * 1e3)}us`;
  if (ms < 1_000) return `${decimal(ms)}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1_000;
  return (hours ? `${hours}h` : "") + (minutes ? `${minutes}m` : "") +
    (seconds ? `${decimal(seconds)}s` : "");
}

/** At most six places, which is a nanosecond in a millisecond, and no trailing zeros. */
function decimal(value: number): string {
  return String(Number(value.toFixed(6)));
}
