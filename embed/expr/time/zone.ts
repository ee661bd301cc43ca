// How far a place's clocks are from UTC, and what their time is called there.

import { quoted } from "../../../core/text.ts";
import { spend } from "../budget.ts";
import { Fault } from "../errors.ts";

/** What holds in a zone at a moment: seconds east of UTC, and the name of that time. */
export interface ZoneTime {
  offset: number;
  abbreviation: string;
}

/** A time zone by name, or a fixed distance from UTC. */
export class Zone {
  readonly typeName = "time.Location";
  readonly name: string;
  readonly #at: (seconds: number) => ZoneTime;

  constructor(name: string, at: (seconds: number) => ZoneTime) {
    this.name = name;
    this.#at = at;
  }

  /** What holds at a moment, in seconds since 1970 in UTC. */
  at(seconds: number): ZoneTime {
    return this.#at(seconds);
  }

  /** Seconds since 1970 in UTC at which clocks here show `local`, their time read as if in UTC. */
  fromLocal(local: number): number {
    const guess = local - this.at(local).offset;
    return local - this.at(guess).offset;
  }
}

export const UTC = new Zone("UTC", () => ({ offset: 0, abbreviation: "UTC" }));

/** A zone `offset` seconds east of UTC. */
export function fixedZone(name: string, offset: number): Zone {
  return new Zone(name, () => ({ offset, abbreviation: name || signed(offset) }));
}

/** Steps that looking for a zone takes, known or not, and asking what holds in it. */
const LOOKING = 100;
const ASKING = 200;

const zones = new Map<string, Zone>();
const CACHED_ZONES = 100;

/** A zone of the IANA database; the empty name and "Local" are UTC. */
export function loadZone(name: string): Zone {
  if (name === "" || name === "UTC" || name === "Local") return UTC;
  spend(LOOKING);
  const known = zones.get(name);
  if (known) return known;
  let offsets: Intl.DateTimeFormat;
  try {
    if (!/^[A-Za-z]/.test(name)) throw new Error("an offset is no name");
    offsets = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  } catch {
    throw new Fault(`there is no time zone ${quoted(name)}`);
  }
  const zone = new Zone(name, (seconds) => {
    spend(ASKING);
    const offset = parseOffset(zoneNameAt(offsets, seconds));
    return { offset, abbreviation: abbreviationOf({ name, seconds, offset }) };
  });
  if (zones.size >= CACHED_ZONES) zones.delete(zones.keys().next().value!);
  zones.set(name, zone);
  return zone;
}

function zoneNameAt(format: Intl.DateTimeFormat, seconds: number): string {
  const parts = format.formatToParts(new Date(seconds * 1000));
  return parts.find(({ type }) => type === "timeZoneName")!.value;
}

/** Reads "GMT", "GMT+02:00" and "GMT-00:01:15". */
function parseOffset(text: string): number {
  const match = /([+-])(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (!match) return 0;
  const [, sign, hours, minutes = "0", seconds = "0"] = match;
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === "-" ? -offset : offset;
}

/** Regions whose English knows the abbreviations that are used there. */
const REGIONS = ["US", "GB", "AU", "CA", "NZ", "IN", "ZA"];
const names = new Map<string, Intl.DateTimeFormat>();

/** As the zone database has it where English does; else the offset. */
function abbreviationOf(
  { name, seconds, offset }: { name: string; seconds: number; offset: number },
): string {
  for (const region of REGIONS) {
    const key = `${region} ${name}`;
    let format = names.get(key);
    if (!format) {
      format = new Intl.DateTimeFormat(`en-${region}`, { timeZone: name, timeZoneName: "short" });
      if (names.size >= CACHED_ZONES * REGIONS.length) names.delete(names.keys().next().value!);
      names.set(key, format);
    }
    const text = zoneNameAt(format, seconds);
    if (/^[A-Z]{3,5}$/.test(text)) return text;
  }
  return signed(offset);
}

/** An offset as the database writes it: +02, -0330. */
function signed(offset: number): string {
  const minutes = Math.trunc(Math.abs(offset) / 60);
  const two = (n: number) => String(n).padStart(2, "0");
  const rest = minutes % 60 === 0 ? "" : two(minutes % 60);
  return `${offset < 0 ? "-" : "+"}${two(Math.trunc(minutes / 60))}${rest}`;
}
