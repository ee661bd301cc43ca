// Which builtins make moments, durations and time zones.

import { Fault } from "../errors.ts";
import { parseDuration } from "../time/duration.ts";
import { parseTime, parseUsualTime } from "../time/parse.ts";
import { Time } from "../time/time.ts";
import { loadZone, UTC, Zone } from "../time/zone.ts";
import type { Value } from "../values.ts";
import { type Builtin, refusal } from "./signature.ts";

/** `date([zone,] text[, layout[, zone name]])` */
function date(...args: Value[]): Time {
  const zone = args[0] instanceof Zone ? args[0] : undefined;
  const texts = (zone ? args.slice(1) : args).map((arg) => {
    if (typeof arg === "string") return arg;
    throw refusal("date", arg);
  });
  const [text, layout, name] = texts;
  if (text === undefined) throw new Fault("date takes a text");
  if (layout === undefined) return parseUsualTime(text, zone);
  return parseTime(text, layout, name === undefined ? zone : loadZone(name));
}

function now(zone: Value = UTC): Time {
  if (!(zone instanceof Zone)) throw refusal("now", zone);
  return new Time(BigInt(Date.now()) * 1_000_000n, zone);
}

export const DATES: Record<string, Builtin> = {
  now: { takes: ["any?"], gives: "time", call: now },
  date: { takes: ["any", "string?", "string?", "string?"], gives: "time", call: date },
  duration: { takes: ["string"], gives: "duration", call: parseDuration },
  timezone: { takes: ["string"], gives: "zone", call: loadZone },
};
