// How JSON text is read and written without rounding its integers.
//
// A number is a double while it is no integer, or one that doubles count by ones; an integer beyond
// 2^53 is a bigint, which `JSON.stringify` writes with all its digits. No double is such an integer
// unless it has 22 digits or more, and so is written with an exponent: what is read back from text is
// what was written, in kind too.

import { randomUUID } from "node:crypto";
import { setOwn } from "./copy.ts";
import type { Json, JsonObject } from "./json.ts";
import { endOfString } from "./json-strings.ts";
import { cut } from "./text.ts";

/** What may be such an integer, or a number that no double holds; most texts have nothing like it. */
const LARGE = /(?:^|[\s:,[])-?(?:[1-9]\d{15}|\d+(?:\.\d+)?[eE]\+?\d)/;
const NUMBER = /^(-?)(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;
/** A number with fewer characters and no exponent is no large integer. */
const LEAST_DIGITS = 16;

/** From here on a double is written with an exponent. */
const EXPONENT = 1e21;

/** Before the digits of an integer that are read as text; nobody outside can know it. */
const MARK = `#${randomUUID()}#`;

Object.defineProperty(BigInt.prototype, "toJSON", {
  value(this: bigint): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.toString());
  },
  configurable: true,
  writable: true,
});

/** That a number of JSON text is larger than a double holds; `at`: where it begins. */
export class LargeNumberError extends RangeError {
  readonly at: number;
  constructor(number: string, at: number) {
    super(`the number ${cut(number)} is larger than a double holds`);
    this.at = at;
  }
}

/**
 * The value of JSON text, its integers exact. Throws SyntaxError for what is no JSON, and
 * LargeNumberError for what would be infinite.
 */
export function parseJson<T = Json>(text: string): T {
  if (text.search(LARGE) === -1) return JSON.parse(text);
  const marked = mark(text);
  const value: Json = JSON.parse(marked);
  return (marked === text ? value : unmark(value)) as T;
}

/** The same number as it is read from the text it is written as. */
export function exactNumber(value: number): number | bigint {
  return isInexact(value) ? BigInt(value.toString()) : value;
}

/** The same integer as it is read from its digits. */
export function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function isInexact(value: number): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < EXPONENT;
}

const QUOTE = 34;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const COLON = 58;

/** The text with a string in the place of every integer that a double would round. */
function mark(text: string): string {
  let marked = "";
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at + 1);
    else if (isDigit(code) || code === MINUS) {
      const start = at;
      let next: number;
      let hasExponent = false;
      while (isOfNumber(next = text.charCodeAt(at + 1))) {
        at++;
        hasExponent ||= isExponent(next);
      }
      if (at + 1 - start < LEAST_DIGITS && !hasExponent) continue;
      const digits = isName(text, at + 1) ? null : exact(text.slice(start, at + 1), start);
      if (digits === null) continue;
      marked += `${text.slice(end, start)}"${MARK}${digits}"`;
      end = at + 1;
    }
  }
  return end === 0 ? text : marked + text.slice(end);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isExponent(code: number): boolean {
  return code === 69 || code === 101;
}

function isOfNumber(code: number): boolean {
  return isDigit(code) || code === POINT || code === PLUS || code === MINUS ||
    isExponent(code);
}

/** Whether a colon comes next: a string would be one in that place, a number is none. */
function isName(text: string, at: number): boolean {
  while (text.charCodeAt(at) <= 32) at++;
  return text.charCodeAt(at) === COLON;
}

/** The digits of an integer beyond 2^53; null for a number that is a double, and for what is none. */
function exact(text: string, at: number): string | null {
  const parts = NUMBER.exec(text);
  if (!parts) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new LargeNumberError(text, at);
  if (Number.isSafeInteger(value)) return null;
  const [, sign, whole, fraction = "", exponent] = parts;
  if (exponent === undefined && fraction === "") return sign! + whole!;
  if (!isInexact(value)) return null;
  return sign! + shifted(whole! + fraction, Number(exponent ?? 0) - fraction.length);
}

/** Digits times a power of ten; of what comes after the point nothing is left. */
function shifted(digits: string, by: number): string {
  return by < 0 ? digits.slice(0, by) : digits + "0".repeat(by);
}

/** Integers in the place of the strings that stand for them. */
function unmark(root: Json): Json {
  if (typeof root === "string") return integer(root) ?? root;
  const open: (Json[] | JsonObject)[] = [];
  const look = (value: Json): bigint | null => {
    if (typeof value === "string") return integer(value);
    if (typeof value === "object" && value !== null) open.push(value);
    return null;
  };
  look(root);
  for (let next = open.pop(); next; next = open.pop()) {
    if (Array.isArray(next)) {
      for (let i = 0; i < next.length; i++) next[i] = look(next[i]!) ?? next[i]!;
    } else {
      for (const name of Object.keys(next)) {
        const found = look(next[name]!);
        if (found !== null) setOwn(next, name, found);
      }
    }
  }
  return root;
}

function integer(text: string): bigint | null {
  return text.startsWith(MARK) ? BigInt(text.slice(MARK.length)) : null;
}
