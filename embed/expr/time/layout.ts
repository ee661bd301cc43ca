// How Go's layouts are read: by an example, the second of January 2006, 15:04:05 at UTC-7.

import { Fault } from "../errors.ts";

/** A piece of a layout: a part of a date, or text that stands as it is. */
export type Piece = { text: string } | { part: string; digits?: number; point?: string };

export const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
export const DAYS = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

/** Layouts that `date` tries when it is given none. */
export const USUAL_LAYOUTS = [
  "2006-01-02",
  "15:04:05",
  "2006-01-02 15:04:05",
  "2006-01-02T15:04:05Z07:00",
  "02 Jan 06 15:04 MST",
  "Monday, 02-Jan-06 15:04:05 MST",
  "Mon, 02 Jan 2006 15:04:05 MST",
];
export const RFC3339_NANO = "2006-01-02T15:04:05.999999999Z07:00";
/** How a moment reads as text. */
export const FULL_LAYOUT = "2006-01-02 15:04:05.999999999 -0700 MST";

/** The longer of two that start alike stands first. */
const PART = new RegExp(
  [
    "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST",
    "002|01|02|03|04|05|06|2006",
    "__2|_2006|_2|15|1|2|3|4|5|PM|pm",
    "-07:00:00|-070000|-07:00|-0700|-07",
    "Z07:00:00|Z070000|Z07:00|Z0700|Z07",
    "[.,](?:0+|9+)(?!\\d)",
  ].join("|"),
);
/** Characters of a layout. */
const LONGEST = 1_000;
const cache = new Map<string, Piece[]>();

export function piecesOf(layout: string): Piece[] {
  if (layout.length > LONGEST) {
    throw new Fault(`a layout has at most ${LONGEST.toLocaleString("en")} characters`);
  }
  const known = cache.get(layout);
  if (known) return known;
  const pieces = cut(layout);
  if (cache.size >= 100) cache.delete(cache.keys().next().value!);
  cache.set(layout, pieces);
  return pieces;
}

function cut(layout: string): Piece[] {
  const pieces: Piece[] = [];
  let rest = layout;
  while (rest !== "") {
    const match = PART.exec(rest);
    if (!match) {
      pieces.push({ text: rest });
      break;
    }
    const before = rest.slice(0, match.index);
    if (before !== "") pieces.push({ text: before });
    const part = match[0];
    rest = rest.slice(match.index + part.length);
    if (part === "_2006") pieces.push({ text: "_" }, { part: "2006" });
    else if (/^[.,]/.test(part)) {
      pieces.push({
        part: part[1] === "0" ? "zeros" : "nines",
        digits: part.length - 1,
        point: part[0]!,
      });
    } else pieces.push({ part });
  }
  return pieces;
}
