// When values are equal, and which of two is less.

import { article } from "../../core/text.ts";
import { mismatch } from "./arithmetic.ts";
import { descend, spend } from "./budget.ts";
import { Fault } from "./errors.ts";
import { Duration } from "./time/duration.ts";
import { Time } from "./time/time.ts";
import {
  AnyMap,
  type Dict,
  exactOf,
  Int,
  isComparable,
  isDict,
  isNil,
  numberOf,
  typeOf,
  type Value,
} from "./values.ts";

/** Numbers are equal by value, whatever their types; what differs in type otherwise is not. */
export function equal(a: Value | undefined, b: Value | undefined, depth = 0): boolean {
  if (typeof a === "bigint" || typeof b === "bigint") return equalLarge(exactOf(a), exactOf(b));
  if (typeof a === "number") return a === (b instanceof Int ? b.n : b);
  if (a instanceof Int) {
    return a.n === (b instanceof Duration ? Number(b.ns) : numberOf(b));
  }
  if (isNil(a) || isNil(b)) return isNil(a) && isNil(b);
  if (typeof a !== "object" || typeof b !== "object") {
    if (typeof a === "string" && typeof b === "string") spend(a.length >> 10);
    return a === b && typeof a !== "function";
  }
  return equalObjects(a!, b!, depth);
}

/** By value also between a bigint and a double. */
function equalLarge(a: number | bigint | undefined, b: number | bigint | undefined): boolean {
  return a !== undefined && b !== undefined && a <= b && a >= b;
}

function equalObjects(a: object, b: object, depth: number): boolean {
  if (a instanceof Time) return b instanceof Time && a.ns === b.ns;
  if (a instanceof Duration) {
    if (b instanceof Int) return Number(a.ns) === b.n;
    return b instanceof Duration && a.ns === b.ns;
  }
  if (Array.isArray(a) || a instanceof Uint8Array) {
    if (!(Array.isArray(b) || b instanceof Uint8Array) || a.length !== b.length) return false;
    descend(depth);
    for (let i = 0; i < a.length; i++) {
      spend(1);
      if (!equal(a[i], b[i], depth + 1)) return false;
    }
    return true;
  }
  const left = asMap(a);
  const right = asMap(b);
  if (!left || !right) return a === b;
  descend(depth);
  if (left.size !== right.size) return false;
  for (const [key, value] of left.entries()) {
    spend(1);
    const other = right.get(key);
    if (other === undefined || !equal(value, other, depth + 1)) return false;
  }
  return true;
}

interface MapView {
  size: number;
  get(key: Value): Value | undefined;
  entries(): Iterable<[Value, Value]>;
}

function asMap(value: object): MapView | undefined {
  if (value instanceof AnyMap) return value;
  if (!isDict(value)) return undefined;
  const keys = Object.keys(value);
  return {
    size: keys.length,
    get: (key) =>
      typeof key === "string" && Object.hasOwn(value, key) ? value[key] ?? null : undefined,
    entries: () => keys.map((key): [Value, Value] => [key, value[key] ?? null]),
  };
}

/**
 * Negative when a is less than b, positive when it is more, 0 when they are equal and NaN where
 * nothing compares. Both are numbers, texts, moments or durations.
 */
export function compare(a: Value, b: Value, { operator, at }: Comparison): number {
  const x = exactOf(a);
  if (x !== undefined) {
    const y = exactOf(b);
    if (y !== undefined) return x < y ? -1 : x > y ? 1 : x <= y ? 0 : NaN;
  } else if (typeof a === "string" && typeof b === "string") {
    return compareTexts(a, b);
  } else if (
    a instanceof Time && b instanceof Time || a instanceof Duration && b instanceof Duration
  ) {
    return a.ns < b.ns ? -1 : Number(a.ns > b.ns);
  }
  throw mismatch(operator, { a, b, at: at! });
}

export interface Comparison {
  operator: string;
  at: number | undefined;
}

/** By code points, as bytes of UTF-8 compare. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  spend(Math.min(a.length, b.length) >> 10);
  const end = Math.min(a.length, b.length);
  let i = 0;
  while (i < end && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  if (i === end) return a.length - b.length;
  const x = a.charCodeAt(i);
  const y = b.charCodeAt(i);
  // Halves of pairs stand for code points beyond all others.
  return rank(x) - rank(y);
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** `needle in all`: an element of a list or a key of a map. */
export function contains(needle: Value, all: Value, at: number): boolean {
  if (isNil(all)) return false;
  if (Array.isArray(all)) {
    for (let i = 0; i < all.length; i++) {
      spend(1);
      if (equal(all[i], needle)) return true;
    }
    return false;
  }
  if (all instanceof AnyMap) {
    if (!isComparable(needle)) throw new Fault(`${article(typeOf(needle))} cannot be a key`, at);
    return all.has(needle);
  }
  if (isDict(all)) {
    if (needle === null) return false;
    if (typeof needle === "string") return Object.hasOwn(all as Dict, needle);
    throw new Fault(`the keys of a map are texts, not ${typeOf(needle)}`, at);
  }
  throw mismatch("in", { a: needle, b: all, at });
}
