// Which time zones there are, and what the clocks in them show.

import { nearest } from "../../core/nearest.ts";

const known = new Map<string, Intl.DateTimeFormat>();

/** Throws an Error that completes "timezone: …" for a name that is no zone's. */
export function checkZone(zone: string): void {
  // Offsets are zones as well to some runtimes, and say nothing of summer time.
  if (/^[A-Za-z]/.test(zone) && formatOf(zone)) return;
  const last = (name: string) => name.slice(name.lastIndexOf("/") + 1);
  const zones = Intl.supportedValuesOf("timeZone");
  const meant = nearest(zone, zones) ??
    zones[zones.map(last).indexOf(nearest(last(zone), zones.map(last)) ?? "")];
  throw new Error(
    `"${zone}" is no time zone of the IANA database` +
      (meant ? `; did you mean "${meant}"?` : ", as Europe/Berlin is one"),
  );
}

/** What the clocks of the zone show at this time (epoch ms), as if it were UTC, in epoch ms; whole minutes. */
export function wallTime(zone: string, at: number): number {
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone)!.formatToParts(at)) parts[type] = Number(value);
  const { year, month, day, hour, minute } = parts as Record<string, number>;
  return Date.UTC(year!, month! - 1, day!, hour!, minute!);
}

function formatOf(zone: string): Intl.DateTimeFormat | null {
  const format = known.get(zone);
  if (format) return format;
  try {
    const made = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
    });
    known.set(zone, made);
    return made;
  } catch {
    return null;
  }
}
