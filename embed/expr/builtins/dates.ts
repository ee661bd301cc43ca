// Which builtins make moments, durations and time zones.

import { spend } from "../budget.ts";
import { Fault } from "../errors.ts";
import { present } from "../moment.ts";
import { parseDuration } from "../time/duration.ts";
import { parseTime, parseUsualTime } from "../time/parse.ts";
import { Time } from "../time/time.ts";
import { loadZone, UTC, Zone } from "../time/zone.ts";
import type { Value } from "../values.ts";
import { type Builtin, refusal } from "./signature.ts";

/** Steps that trying the usual layouts takes, and reading by a given one. */
const GUESSING = 250;
const READING = 50;

/** `date([zone,] text[, layout[, zone name]])` */
function date(...args: Value[]): Time {
  const zone = args[0] instanceof Zone ? args[0] : undefined;
  const texts = (zone ? args.slice(1) : args).map((arg) => {
    if (typeof arg === "string") return arg;
    throw refusal("date", arg);
  });
  const [text, layout, name] = texts;
  if (text === undefined) throw new Fault("date takes a text");
  spend(layout === undefined ? GUESSING : READING);
  if (layout === undefined) return parseUsualTime(text, zone);
  return parseTime(text, layout, name === undefined ? zone : loadZone(name));
}

function now(zone: Value = UTC): Time {
  if (!(zone instanceof Zone)) throw refusal("now", zone);
  return new Time(BigInt(present()) * 1_000_000n, zone);
}

export const DATES: Record<string, Builtin> = {
  now: { takes: ["any?"], gives: "time", call: now },
  date: { takes: ["any", "string?", "string?", "string?"], gives: "time", call: date },
  duration: {
    takes: ["string"],
    gives: "duration",
    call(text: string) {
      spend(10);
      return parseDuration(text);
    },
  },
  timezone: { takes: ["string"], gives: "zone", call: loadZone },
};
