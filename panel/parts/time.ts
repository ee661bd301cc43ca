// How times and durations are written.

const UNITS: readonly (readonly [string, number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
];

/** `5 m ago`, `in 2 h`, `now`: the largest unit alone. */
export function relative(at: number, now: number): string {
  const away = Math.abs(at - now);
  const unit = UNITS.find(([, ms]) => away >= ms);
  if (!unit) return "now";
  const text = `${Math.floor(away / unit[1])} ${unit[0]}`;
  return at > now ? `in ${text}` : `${text} ago`;
}

/** `44 m left`, `due now`: the largest unit alone. */
export function left(at: number, now: number): string {
  const unit = UNITS.find(([, ms]) => at - now >= ms);
  return unit ? `${Math.floor((at - now) / unit[1])} ${unit[0]} left` : "due now";
}

/** `2026-11-29 21:04:05 UTC`. */
export function absolute(at: number): string {
  return new Date(at).toISOString().replace("T", " ").replace(/\.\d+Z$/, " UTC");
}

/** `Mon 2026-11-30 03:00 CET`; a zone that this runtime does not know is UTC. */
export function inZone(at: number, zone: string): string {
  const parts = formatOf(zone).formatToParts(at);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  const date = `${of("year")}-${of("month")}-${of("day")}`;
  return `${of("weekday")} ${date} ${of("hour")}:${of("minute")} ${of("timeZoneName")}`;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const digits = "2-digit";
  const options = {
    ...{ weekday: "short", year: "numeric", month: digits, day: digits } as const,
    ...{ hour: digits, minute: digits, hourCycle: "h23", timeZoneName: "short" } as const,
  };
  try {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone });
  } catch {
    return new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  }
}

/** `950 ms`, `4.2 s`, `3 m 10 s`, `2 h 5 m`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [name, size] = UNITS[at]!;
  const [next, nextSize] = UNITS[at + 1]!;
  const rest = Math.floor((ms % size) / nextSize);
  return `${Math.floor(ms / size)} ${name}${rest > 0 ? ` ${rest} ${next}` : ""}`;
}
