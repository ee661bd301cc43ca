// What CEL asks of a timestamp: the parts of its date and time, in UTC or in a zone.
//
// The library's own functions go through local dates of the process, whose clocks skip an hour in
// spring: there, hours and days of UTC came out wrong.

import { type CelFunc, celMethod, CelScalar, type CelValue, objectType } from "@bufbuild/cel";
import { type Civil, Time, weekday, yearDay } from "../expr/time/time.ts";
import { spend } from "./budget.ts";
import { fixedZone, loadZone, UTC, type Zone } from "../expr/time/zone.ts";

const { INT, STRING } = CelScalar;

export const TIMESTAMP = objectType("google.protobuf.Timestamp");
export const DURATION = objectType("google.protobuf.Duration");

/** A timestamp or a duration as the library has it. */
export type TimeValue = Extract<CelValue, { message: unknown }>;

/** Since 1970, or as long. */
export function nanosecondsOf({ message }: TimeValue): bigint {
  const { seconds, nanos } = message as unknown as { seconds: bigint; nanos: number };
  return seconds * 1_000_000_000n + BigInt(nanos);
}

export function momentOf(value: TimeValue, zone: Zone): Time {
  return new Time(nanosecondsOf(value), zone);
}

/** Asking what holds in a zone is so much slower than a step of an expression. */
const ZONE_COST = 100;

/** Months, days of the month and of the year count from 0, `getDate` from 1; 0 is Sunday. */
const PARTS: Record<string, (civil: Civil) => number> = {
  getFullYear: ({ year }) => year,
  getMonth: ({ month }) => month - 1,
  getDate: ({ day }) => day,
  getDayOfMonth: ({ day }) => day - 1,
  getDayOfWeek: weekday,
  getDayOfYear: (civil) => yearDay(civil) - 1,
  getHours: ({ hour }) => hour,
  getMinutes: ({ minute }) => minute,
  getSeconds: ({ second }) => second,
  getMilliseconds: ({ nanosecond }) => Math.floor(nanosecond / 1_000_000),
};

/** The methods that replace the library's. */
export function timestampParts(): CelFunc[] {
  return Object.entries(PARTS).flatMap(([name, part]) => {
    const answer = (value: TimeValue, zone: Zone) => BigInt(part(momentOf(value, zone).civil()));
    return [
      celMethod(name, TIMESTAMP, [], INT, function () {
        return answer(this, UTC);
      }),
      celMethod(name, TIMESTAMP, [STRING], INT, function (zone) {
        return answer(this, zoneOf(zone));
      }),
    ];
  });
}

/** A name of the IANA database, or hours and minutes from UTC: `+05:30`, `-02:00`, `02:00`. */
function zoneOf(name: string): Zone {
  spend(ZONE_COST);
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(name);
  if (!offset) return loadZone(name);
  const [, sign, hours, minutes] = offset;
  const seconds = Number(hours) * 3_600 + Number(minutes) * 60;
  return fixedZone("", sign === "-" ? -seconds : seconds);
}
