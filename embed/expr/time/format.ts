// How a moment is written after a layout.

import { Fault } from "../errors.ts";
import { DAYS, MONTHS, type Piece, piecesOf, RFC3339_NANO } from "./layout.ts";
import { type Civil, type Time, weekday, yearDay } from "./time.ts";

export function formatTime(time: Time, layout: string): string {
  const civil = time.civil();
  return piecesOf(layout).map((piece) => write(piece, { time, civil })).join("");
}

/** As JSON has moments; only years of four digits are possible. */
export function rfc3339(time: Time): string {
  const { year } = time.civil();
  if (year >= 0 && year <= 9999) return formatTime(time, RFC3339_NANO);
  throw new Fault("a date of a year without four digits cannot be answered");
}

function write(piece: Piece, { time, civil }: { time: Time; civil: Civil }): string {
  if ("text" in piece) return piece.text;
  const { year, month, day, hour, minute, second } = civil;
  switch (piece.part) {
    case "2006":
      return year < 0 ? `-${pad(-year, 4)}` : pad(year, 4);
    case "06":
      return pad(((year % 100) + 100) % 100, 2);
    case "January":
      return MONTHS[month - 1]!;
    case "Jan":
      return MONTHS[month - 1]!.slice(0, 3);
    case "01":
      return pad(month, 2);
    case "1":
      return String(month);
    case "Monday":
      return DAYS[weekday(civil)]!;
    case "Mon":
      return DAYS[weekday(civil)]!.slice(0, 3);
    case "02":
      return pad(day, 2);
    case "_2":
      return String(day).padStart(2);
    case "2":
      return String(day);
    case "002":
      return pad(yearDay(civil), 3);
    case "__2":
      return String(yearDay(civil)).padStart(3);
    case "15":
      return pad(hour, 2);
    case "03":
      return pad(hour % 12 || 12, 2);
    case "3":
      return String(hour % 12 || 12);
    case "04":
      return pad(minute, 2);
    case "4":
      return String(minute);
    case "05":
      return pad(second, 2);
    case "5":
      return String(second);
    case "PM":
      return hour < 12 ? "AM" : "PM";
    case "pm":
      return hour < 12 ? "am" : "pm";
    case "MST":
      return time.zone.at(time.seconds).abbreviation;
    case "zeros":
    case "nines":
      return fraction(piece, time.nanosecond);
    default:
      return writeOffset(piece.part, time.zone.at(time.seconds).offset);
  }
}

function fraction(
  { part, digits, point }: { part: string; digits?: number; point?: string },
  nanosecond: number,
): string {
  const all = pad(nanosecond, 9).slice(0, digits).padEnd(digits!, "0");
  const shown = part === "nines" ? all.replace(/0+$/, "") : all;
  return shown === "" ? "" : point + shown;
}

/** After Z07:00, -0700 and their like. */
function writeOffset(part: string, offset: number): string {
  if (part.startsWith("Z") && offset === 0) return "Z";
  const size = Math.abs(offset);
  const units = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60];
  const digits = part.replace(/\D/g, "").length / 2;
  const shown = units.slice(0, digits).map((unit) => pad(unit, 2));
  return (offset < 0 ? "-" : "+") + shown.join(part.includes(":") ? ":" : "");
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, "0");
}
