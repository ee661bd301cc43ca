// How a moment is read after a layout.

import { quoted } from "../../../core/text.ts";
import { Fault } from "../errors.ts";
import { DAYS, MONTHS, type Piece, piecesOf, USUAL_LAYOUTS } from "./layout.ts";
import { type Civil, type Time, timeOf, utcSeconds } from "./time.ts";
import { fixedZone, UTC, type Zone } from "./zone.ts";

interface Read extends Civil {
  yearDay?: number;
  afternoon?: boolean;
  /** Seconds east of UTC. */
  offset?: number;
  zone?: Zone;
  zoneName?: string;
}

class Mismatch extends Error {}

/** The moment that a text tells, in `zone` unless the text names another; throws a Fault. */
export function parseTime(text: string, layout: string, zone: Zone = UTC): Time {
  try {
    return read(text, { layout, zone });
  } catch (thrown) {
    if (!(thrown instanceof Mismatch)) throw thrown;
    throw new Fault(`${quoted(text)} is no date like ${quoted(layout)}`);
  }
}

/** The moment that a text in one of the usual layouts tells. */
export function parseUsualTime(text: string, zone: Zone = UTC): Time {
  for (const layout of USUAL_LAYOUTS) {
    try {
      return read(text, { layout, zone });
    } catch (thrown) {
      if (!(thrown instanceof Mismatch)) throw thrown;
    }
  }
  throw new Fault(`${quoted(text)} is no date; give its layout`);
}

function read(text: string, { layout, zone }: { layout: string; zone: Zone }): Time {
  const found: Read = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
  };
  let rest = text;
  const pieces = piecesOf(layout);
  pieces.forEach((piece, i) => {
    rest = "text" in piece ? skip(rest, piece.text) : readPart(rest, { piece, found });
    const after = pieces[i + 1];
    const fractional = after && "part" in after &&
      (after.part === "zeros" || after.part === "nines");
    // Seconds may have a fraction that the layout does not have.
    if ("part" in piece && /^0?5$/.test(piece.part) && !fractional && /^[.,]\d/.test(rest)) {
      rest = readFraction(rest, { found });
    }
  });
  if (rest !== "") throw new Mismatch();
  return settle(found, zone);
}

/** Spaces of a layout stand for any number of them. */
function skip(text: string, expected: string): string {
  const match = /^([^ ]*)( *)/;
  while (expected !== "") {
    const [whole, solid, spaces] = match.exec(expected)!;
    if (!text.startsWith(solid!)) throw new Mismatch();
    text = text.slice(solid!.length);
    if (spaces !== "") {
      if (text !== "" && !text.startsWith(" ")) throw new Mismatch();
      text = text.replace(/^ +/, "");
    }
    expected = expected.slice(whole.length);
  }
  return text;
}

function take(text: string, pattern: RegExp): RegExpExecArray {
  const match = pattern.exec(text);
  if (!match) throw new Mismatch();
  return match;
}

/** Parts that are numbers: what they are called, how they are written, their range. */
const NUMBERS: Record<string, [keyof Read, RegExp, least: number, most: number]> = {
  "2006": ["year", /^\d{4}/, 0, 9999],
  "01": ["month", /^\d{2}/, 1, 12],
  "1": ["month", /^\d{1,2}/, 1, 12],
  "02": ["day", /^\d{2}/, 1, 31],
  "_2": ["day", /^ ?\d{1,2}/, 1, 31],
  "2": ["day", /^\d{1,2}/, 1, 31],
  "002": ["yearDay", /^\d{3}/, 1, 366],
  "__2": ["yearDay", /^ {0,2}\d{1,3}/, 1, 366],
  "15": ["hour", /^\d{1,2}/, 0, 23],
  "03": ["hour", /^\d{2}/, 0, 12],
  "3": ["hour", /^\d{1,2}/, 0, 12],
  "04": ["minute", /^\d{2}/, 0, 59],
  "4": ["minute", /^\d{1,2}/, 0, 59],
  "05": ["second", /^\d{2}/, 0, 59],
  "5": ["second", /^\d{1,2}/, 0, 59],
};

function readPart(
  text: string,
  { piece, found }: { piece: Piece & { part: string }; found: Read },
) {
  const { part } = piece;
  const number = Object.hasOwn(NUMBERS, part) ? NUMBERS[part] : undefined;
  if (number) {
    const [name, pattern, least, most] = number;
    const [digits] = take(text, pattern);
    const value = Number(digits);
    if (value < least || value > most) throw new Mismatch();
    Object.assign(found, { [name]: value });
    return text.slice(digits.length);
  }
  switch (part) {
    case "06": {
      const [digits] = take(text, /^\d{2}/);
      found.year = Number(digits) + (Number(digits) >= 69 ? 1900 : 2000);
      return text.slice(2);
    }
    case "January":
    case "Jan":
      return readName(text, {
        names: part === "Jan" ? MONTHS.map(short) : MONTHS,
        use: (i) => found.month = i + 1,
      });
    case "Monday":
    case "Mon":
      return readName(text, { names: part === "Mon" ? DAYS.map(short) : DAYS, use: () => {} });
    case "PM":
    case "pm": {
      const [half] = take(text, part === "PM" ? /^[AP]M/ : /^[ap]m/);
      found.afternoon = /^p/i.test(half);
      return text.slice(2);
    }
    case "zeros":
    case "nines":
      return readFraction(text, { found, piece });
    case "MST":
      return readZoneName(text, found);
    default:
      return readOffset(text, { part, found });
  }
}

const short = (name: string) => name.slice(0, 3);

function readName(
  text: string,
  { names, use }: { names: string[]; use: (index: number) => unknown },
): string {
  const lower = text.slice(0, 12).toLowerCase();
  const index = names.findIndex((name) => lower.startsWith(name.toLowerCase()));
  if (index < 0) throw new Mismatch();
  use(index);
  return text.slice(names[index]!.length);
}

function readFraction(
  text: string,
  { found, piece }: { found: Read; piece?: { part: string; digits?: number } },
): string {
  if (piece?.part === "nines" && !/^[.,]\d/.test(text)) return text;
  const pattern = piece?.part === "zeros" ? new RegExp(`^[.,]\\d{${piece.digits}}`) : /^[.,]\d+/;
  const [digits] = take(text, pattern);
  found.nanosecond = Number(digits.slice(1, 10).padEnd(9, "0"));
  return text.slice(digits.length);
}

function readZoneName(text: string, found: Read): string {
  if (text.startsWith("UTC")) {
    found.zone = UTC;
    return text.slice(3);
  }
  const [name] = take(
    text,
    /^(?:GMT[+-]\d{1,2}|ChST|MeST|WITA|[A-Z]{4}T(?![A-Z])|[A-Z]{3}T(?![A-Z])|[A-Z]{3}(?![A-Z])|[+-]\d{2}(?:\d{2})?)/,
  );
  found.zoneName = name;
  return text.slice(name.length);
}

function readOffset(text: string, { part, found }: { part: string; found: Read }): string {
  if (part.startsWith("Z") && text.startsWith("Z")) {
    found.zone = UTC;
    return text.slice(1);
  }
  const colon = part.includes(":") ? ":" : "";
  const units = part.replace(/\D/g, "").length / 2;
  const [whole, sign, hours, minutes = "0", seconds = "0"] = take(
    text,
    new RegExp(`^([+-])(\\d{2})${`${colon}(\\d{2})`.repeat(units - 1)}`),
  );
  if (Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 59) throw new Mismatch();
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  found.offset = sign === "-" ? -size : size;
  return text.slice(whole.length);
}

function settle(found: Read, zone: Zone): Time {
  const civil: Civil = { ...found };
  if (found.afternoon !== undefined) civil.hour = civil.hour % 12 + (found.afternoon ? 12 : 0);
  if (found.yearDay !== undefined) {
    const date = new Date(utcSeconds({ year: civil.year, day: found.yearDay }) * 1000);
    if (date.getUTCFullYear() !== civil.year) throw new Mismatch();
    civil.month = date.getUTCMonth() + 1;
    civil.day = date.getUTCDate();
  }
  if (
    civil.day >
      new Date(utcSeconds({ year: civil.year, month: civil.month + 1, day: 0 }) * 1000).getUTCDate()
  ) {
    throw new Mismatch();
  }
  if (found.zone) return timeOf(civil, found.zone);
  const { offset, zoneName } = found;
  if (offset !== undefined) {
    const time = timeOf(civil, fixedZone(zoneName ?? "", offset));
    return zone.at(time.seconds).offset === offset ? time.in(zone) : time;
  }
  if (zoneName === undefined) return timeOf(civil, zone);
  return timeOf(civil, named(zoneName, { zone, local: utcSeconds(civil) }));
}

/** The zone that an abbreviation means where clocks follow `zone`; an unknown one counts as UTC. */
function named(name: string, { zone, local }: { zone: Zone; local: number }): Zone {
  const halfYear = 182 * 86_400;
  for (const seconds of [local, local - halfYear, local + halfYear]) {
    const { abbreviation, offset } = zone.at(seconds);
    if (abbreviation === name) {
      return zone.fromLocal(local) === local - offset ? zone : fixedZone(name, offset);
    }
  }
  const hours = name.startsWith("GMT") ? Number(name.slice(3)) : 0;
  return fixedZone(name, hours * 3600);
}
