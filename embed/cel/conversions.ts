// How CEL's conversions read text and numbers: as cel-go does, or not at all.
//
// The library's own go through JavaScript's `Number` and `BigInt`, which take an empty text for 0 and
// read hexadecimal, and through Protobuf's JSON, which has dates roll over (30 February) and integers
// count milliseconds. Here are the rules of Go's strconv and time packages, which cel-go uses.

import { quoted } from "../../core/text.ts";
import { type CelFunc, celFunc, CelScalar, type CelUint, celUint } from "@bufbuild/cel";
import { formatTime } from "../expr/time/format.ts";
import { RFC3339_NANO } from "../expr/time/layout.ts";
import { parseDuration } from "../expr/time/duration.ts";
import { parseTime } from "../expr/time/parse.ts";
import { UTC } from "../expr/time/zone.ts";
import { DURATION, momentOf, nanosecondsOf, TIMESTAMP, type TimeValue } from "./moments.ts";

const { BOOL, DOUBLE, INT, STRING, UINT } = CelScalar;

const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
/** Seconds from 1970 to the years 1 and 9999, the first and the last that a timestamp has. */
const FIRST_SECOND = -62_135_596_800n;
const LAST_SECOND = 253_402_300_799n;

const RFC3339 = "2006-01-02T15:04:05Z07:00";

/** Functions of the library that make a timestamp or a duration of a canonical text. */
export interface Makers {
  timestamp(text: string): TimeValue;
  duration(text: string): TimeValue;
}

/** The conversions that replace the library's. */
export function conversions(make: Makers): CelFunc[] {
  return [
    celFunc("int", [STRING], INT, readInt),
    celFunc("uint", [STRING], UINT, readUint),
    celFunc("double", [STRING], DOUBLE, readDouble),
    celFunc("bool", [STRING], BOOL, readBool),
    celFunc("timestamp", [STRING], TIMESTAMP, (text) => make.timestamp(canonical(text))),
    celFunc("timestamp", [INT], TIMESTAMP, (s) => make.timestamp(ofSeconds(s))),
    // JSON numbers are doubles: an error in cel-go, so no answer changes.
    celFunc("timestamp", [DOUBLE], TIMESTAMP, (s) => make.timestamp(ofWhole(s))),
    celFunc(
      "duration",
      [STRING],
      DURATION,
      (text) => make.duration(`${parseDuration(text).ns}ns`),
    ),
    celFunc(
      "string",
      [TIMESTAMP],
      STRING,
      (value) => formatTime(momentOf(value, UTC), RFC3339_NANO),
    ),
    celFunc("string", [DURATION], STRING, (value) => inSeconds(nanosecondsOf(value))),
  ];
}

/** Decimal digits with a sign or none (strconv.ParseInt, base 10, 64 bits). */
function readInt(text: string): bigint {
  if (!/^[+-]?\d+$/.test(text)) throw unreadable(text, "int", "digits, with a sign or none");
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  if (value > MAX_INT || value < -MAX_INT - 1n) throw outOfRange(text, "int");
  return value;
}

/** Decimal digits alone (strconv.ParseUint). */
function readUint(text: string): CelUint {
  if (!/^\d+$/.test(text)) throw unreadable(text, "uint", "digits alone");
  const value = BigInt(text);
  if (value > MAX_UINT) throw outOfRange(text, "uint");
  return celUint(value);
}

// Each has one way to match a text: with two, a long one that does not match takes hours.
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i;
const HEX = /^([+-]?)0x(?=[\da-f.]*[\da-f])([\da-f]*)(?:\.([\da-f]*))?p([+-]?\d+)$/i;

/** Go's floating-point literals, infinities and NaN included (strconv.ParseFloat, 64 bits). */
function readDouble(text: string): number {
  const special = /^([+-]?)inf(?:inity)?$/i.exec(text);
  if (special) return special[1] === "-" ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return NaN;
  // Underscores stand between digits, or between the prefix and the first.
  const digits = /^[+-]?(?:0x_)?[^_]*(?:[\da-f]_[\da-f][^_]*)*$/i.test(text)
    ? text.replaceAll("_", "")
    : text;
  const hex = HEX.exec(digits);
  if (!hex && !DECIMAL.test(digits)) throw unreadable(text, "double", "a number such as -1.5e3");
  const value = hex ? hexValue(hex) : Number(digits);
  if (!Number.isFinite(value)) throw outOfRange(text, "double");
  return value;
}

/** Exact for what has at most 53 bits, which is what such literals are for. */
function hexValue([, sign, whole, fraction = "", exponent]: RegExpExecArray): number {
  const mantissa = Number(`0x${whole}${fraction}`);
  const value = mantissa * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -value : value;
}

const TRUE = new Set(["1", "t", "T", "true", "True", "TRUE"]);
const FALSE = new Set(["0", "f", "F", "false", "False", "FALSE"]);

/** strconv.ParseBool. */
function readBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw unreadable(text, "bool", "true or false");
}

/** A date of RFC 3339 that exists, in UTC (time.Parse). */
function canonical(text: string): string {
  if (!/^\d{4}-/.test(text)) throw unreadable(text, "timestamp", "as 2006-01-02T15:04:05Z");
  const moment = parseTime(text, RFC3339).in(UTC);
  return ofSecondsChecked(BigInt(moment.seconds), text) && formatTime(moment, RFC3339_NANO);
}

function ofSeconds(seconds: bigint): string {
  ofSecondsChecked(seconds, String(seconds));
  return new Date(Number(seconds) * 1_000).toISOString();
}

function ofWhole(seconds: number): string {
  if (!Number.isInteger(seconds)) throw unreadable(String(seconds), "timestamp", "whole seconds");
  return ofSeconds(BigInt(seconds));
}

function ofSecondsChecked(seconds: bigint, text: string): true {
  if (seconds >= FIRST_SECOND && seconds <= LAST_SECOND) return true;
  throw new Error(
    `timestamp(${quoted(text)}) is out of range: the years 1 to 9999, in seconds since 1970`,
  );
}

/** As Go's Seconds(), in decimal: 1.5s, -0.25s, 3600s. */
function inSeconds(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const rest = String(size % 1_000_000_000n).padStart(9, "0").replace(/0+$/, "");
  return `${ns < 0n ? "-" : ""}${size / 1_000_000_000n}${rest && `.${rest}`}s`;
}

function unreadable(text: string, type: string, rule: string): Error {
  return new Error(`${type}(${quoted(text)}): must be ${rule}`);
}

function outOfRange(text: string, type: string): Error {
  return new Error(`${type}(${quoted(text)}) is out of range`);
}
