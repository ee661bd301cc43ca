// Which methods moments, durations and zones have.

import { article } from "../../../core/text.ts";
import { Fault } from "../errors.ts";
import { int, NamedInt, type Value, whole } from "../values.ts";
import { Duration } from "./duration.ts";
import { formatTime } from "./format.ts";
import { DAYS, FULL_LAYOUT, MONTHS } from "./layout.ts";
import { Time, timeOf, weekday, yearDay } from "./time.ts";
import { UTC, Zone } from "./zone.ts";

const NS = { hour: 3_600_000_000_000, minute: 60_000_000_000, second: 1_000_000_000 };

type Kind = "time" | "duration" | "zone" | "text" | "int";
type Method<T> = { takes?: Kind[]; answer(self: T, ...args: any[]): Value };

const part = (name: "year" | "day" | "hour" | "minute" | "second"): Method<Time> => ({
  answer: (time) => int(time.civil()[name]),
});
const since1970 = (unit: bigint): Method<Time> => ({
  answer: ({ ns }) => whole(ns < 0n && ns % unit !== 0n ? ns / unit - 1n : ns / unit),
});
const count = (unit: bigint): Method<Duration> => ({ answer: ({ ns }) => whole(ns / unit) });

const TIME: Record<string, Method<Time>> = {
  Year: part("year"),
  Month: {
    answer(time) {
      const n = time.civil().month;
      return new NamedInt({ n, name: MONTHS[n - 1]!, type: "time.Month" });
    },
  },
  Day: part("day"),
  Hour: part("hour"),
  Minute: part("minute"),
  Second: part("second"),
  Nanosecond: { answer: (time) => int(time.nanosecond) },
  Weekday: {
    answer(time) {
      const n = weekday(time.civil());
      return new NamedInt({ n, name: DAYS[n]!, type: "time.Weekday" });
    },
  },
  YearDay: { answer: (time) => int(yearDay(time.civil())) },
  Unix: since1970(1_000_000_000n),
  UnixMilli: since1970(1_000_000n),
  UnixMicro: since1970(1_000n),
  UnixNano: since1970(1n),
  Format: { takes: ["text"], answer: (time, layout: string) => formatTime(time, layout) },
  String: { answer: (time) => formatTime(time, FULL_LAYOUT) },
  In: { takes: ["zone"], answer: (time, zone: Zone) => time.in(zone) },
  UTC: { answer: (time) => time.in(UTC) },
  Local: { answer: (time) => time.in(UTC) },
  Location: { answer: (time) => time.zone },
  Add: { takes: ["duration"], answer: (time, by: Duration) => time.plus(by.ns) },
  Sub: { takes: ["time"], answer: (time, other: Time) => between(time, other) },
  AddDate: {
    takes: ["int", "int", "int"],
    answer(time, years: number, months: number, days: number) {
      const { year, month, day, ...rest } = time.civil();
      return timeOf(
        { ...rest, year: year + years, month: month + months, day: day + days },
        time.zone,
      );
    },
  },
  Before: { takes: ["time"], answer: (time, other: Time) => time.ns < other.ns },
  After: { takes: ["time"], answer: (time, other: Time) => time.ns > other.ns },
  Equal: { takes: ["time"], answer: (time, other: Time) => time.ns === other.ns },
  Compare: {
    takes: ["time"],
    answer: ({ ns }, other: Time) => int(ns < other.ns ? -1 : Number(ns > other.ns)),
  },
  IsZero: { answer: ({ ns }) => ns === -62_135_596_800_000_000_000n },
  Truncate: {
    takes: ["duration"],
    answer: (time, by: Duration) => time.plus(-rest(sinceYearOne(time), by.ns)),
  },
  Round: {
    takes: ["duration"],
    answer: (time, by: Duration) => time.plus(roundingOf(sinceYearOne(time), by.ns)),
  },
};

const DURATION: Record<string, Method<Duration>> = {
  Hours: { answer: ({ ns }) => Number(ns) / NS.hour },
  Minutes: { answer: ({ ns }) => Number(ns) / NS.minute },
  Seconds: { answer: ({ ns }) => Number(ns) / NS.second },
  Milliseconds: count(1_000_000n),
  Microseconds: count(1_000n),
  Nanoseconds: count(1n),
  String: { answer: String },
  Abs: { answer: ({ ns }) => new Duration(ns < 0n ? -ns : ns) },
  Truncate: {
    takes: ["duration"],
    answer: ({ ns }, by: Duration) => new Duration(ns - rest(ns, by.ns)),
  },
  Round: {
    takes: ["duration"],
    answer: ({ ns }, by: Duration) => new Duration(ns + roundingOf(ns, by.ns)),
  },
};

const ZONE: Record<string, Method<Zone>> = { String: { answer: ({ name }) => name } };

/** The difference of two moments. */
export function between(later: Time, earlier: Time): Duration {
  const ns = later.ns - earlier.ns;
  const largest = 2n ** 63n;
  return new Duration(ns >= largest ? largest - 1n : ns < -largest ? -largest : ns);
}

/** Rounding to units counts from the first year. */
function sinceYearOne({ ns }: Time): bigint {
  return ns + 62_135_596_800_000_000_000n;
}

function rest(ns: bigint, unit: bigint): bigint {
  return unit <= 0n ? 0n : ns % unit;
}

/** What takes a number to the nearest multiple, halves away from zero. */
function roundingOf(ns: bigint, unit: bigint): bigint {
  if (unit <= 0n) return 0n;
  const over = ns % unit;
  if (over < 0n) return -roundingOf(-ns, unit);
  return over * 2n < unit ? -over : unit - over;
}

/** What `value.name(...args)` answers, or undefined when such values have no methods at all. */
export function callMethod(value: Value, name: string, args: Value[]): Value | undefined {
  const [methods, type] = value instanceof Time
    ? [TIME, "date"]
    : value instanceof Duration
    ? [DURATION, "duration"]
    : value instanceof Zone
    ? [ZONE, "time zone"]
    : [undefined, ""];
  if (!methods) return undefined;
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined;
  if (!method) throw new Fault(`${article(type)} has no method ${name}`);
  const { takes = [], answer } = method as Method<Value>;
  if (args.length !== takes.length) {
    throw new Fault(`${name} takes ${takes.length} arguments, not ${args.length}`);
  }
  return answer(value, ...args.map((arg, i) => given(arg, { kind: takes[i]!, name })));
}

function given(arg: Value, { kind, name }: { kind: Kind; name: string }): unknown {
  const { n } = (arg ?? {}) as { n?: number };
  const fits = {
    time: arg instanceof Time,
    duration: arg instanceof Duration,
    zone: arg instanceof Zone,
    text: typeof arg === "string",
    int: typeof n === "number" || typeof arg === "number",
  }[kind];
  if (!fits) throw new Fault(`${name} takes ${article(kind)}`);
  return kind === "int" ? Math.trunc(n ?? arg as number) : arg;
}
