// How moments are shown: to a person by the clock on their wall, to a program as they came.

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

/** The text as it is, or, on a terminal, a time of it as local time. */
export function shownTime(text: string, terminal: boolean = process.stdout.isTTY === true): string {
  return terminal ? localTime(text) : text;
}

/** `2026-01-31 12:00:00` of an RFC 3339 time; of a moment of today only `12:00:00`. */
export function localTime(text: string, now: Date = new Date()): string {
  const time = new Date(text);
  if (!TIME.test(text) || Number.isNaN(time.getTime())) return text;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits).join(":");
  const day = dayOf(time);
  return day === dayOf(now) ? clock : `${day} ${clock}`;
}

const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1_000]] as const;

/** `in 23h (TIME)`, in the largest unit alone: when a run begins that is pending. */
export function shownBeginning(text: string, now: number = Date.now()): string {
  const away = Date.parse(text) - now;
  const when = away < 1_000 ? "now" : `in ${roughly(away)}`;
  return `${when} (${shownTime(text)})`;
}

/** `23h`: a time in ms in the largest unit alone. */
export function roughly(ms: number): string {
  const [unit, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  return `${Math.floor(ms / size)}${unit}`;
}

function dayOf(time: Date): string {
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()].map(twoDigits).join("-");
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
