// What a moment is: nanoseconds since 1970 and the zone in which it is read.

import { Fault } from "../errors.ts";
import { UTC, type Zone } from "./zone.ts";

const SECOND = 1_000_000_000n;
/** Seconds that a Date can tell: the years -271,820 to 275,759. */
const FARTHEST = 8_639_000_000_000;

/** The parts of a moment on the clocks and calendars of its zone. */
export interface Civil {
  year: number;
  /** From 1. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
}

export class Time {
  readonly typeName = "time.Time";
  readonly ns: bigint;
  readonly zone: Zone;

  constructor(ns: bigint, zone: Zone = UTC) {
    this.ns = ns;
    this.zone = zone;
    if (Math.abs(this.seconds) > FARTHEST) throw new Fault("the date is out of range");
  }

  /** What equal moments share, whatever their zones. */
  get identity(): string {
    return `time ${this.ns}`;
  }

  /** Whole seconds since 1970, rounded down. */
  get seconds(): number {
    return Number((this.ns - this.nanosecondPart) / SECOND);
  }

  get nanosecond(): number {
    return Number(this.nanosecondPart);
  }

  private get nanosecondPart(): bigint {
    const rest = this.ns % SECOND;
    return rest < 0n ? rest + SECOND : rest;
  }

  /** Seconds since 1970 as the clocks of the zone show them. */
  get localSeconds(): number {
    return this.seconds + this.zone.at(this.seconds).offset;
  }

  civil(): Civil {
    const date = new Date(this.localSeconds * 1000);
    return {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      day: date.getUTCDate(),
      hour: date.getUTCHours(),
      minute: date.getUTCMinutes(),
      second: date.getUTCSeconds(),
      nanosecond: this.nanosecond,
    };
  }

  plus(ns: bigint): Time {
    return new Time(this.ns + ns, this.zone);
  }

  in(zone: Zone): Time {
    return new Time(this.ns, zone);
  }
}

/** Days from 1 of a day in its year. */
export function yearDay({ year, month, day }: Civil): number {
  return (utcSeconds({ year, month, day }) - utcSeconds({ year, month: 1, day: 1 })) / 86_400 + 1;
}

/** 0 is Sunday. */
export function weekday({ year, month, day }: Civil): number {
  return new Date(utcSeconds({ year, month, day }) * 1000).getUTCDay();
}

/** Seconds since 1970 of parts read in UTC; parts beyond their range carry over. */
export function utcSeconds(civil: Partial<Civil> & { year: number }): number {
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = civil;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000 + hour * 3600 + minute * 60 + second;
}

/** The moment at which the clocks of a zone show these parts. */
export function timeOf(civil: Partial<Civil> & { year: number }, zone: Zone): Time {
  const seconds = utcSeconds(civil);
  if (!(Math.abs(seconds) <= FARTHEST)) throw new Fault("the date is out of range");
  return new Time(
    BigInt(zone.fromLocal(seconds)) * SECOND + BigInt(civil.nanosecond ?? 0),
    zone,
  );
}
