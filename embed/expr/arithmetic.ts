// What the operators between numbers answer, and those between texts, moments and durations.

import { allotText } from "./budget.ts";
import { Fault } from "./errors.ts";
import { Duration } from "./time/duration.ts";
import { between } from "./time/methods.ts";
import { Time } from "./time/time.ts";
import { Int, int, isWhole, numberOf, typeOf, type Value, type Whole, whole } from "./values.ts";

/** An operator between two values; `at` is its place in the source. */
export type Binary = (a: Value, b: Value, at: number) => Value;

export function mismatch(
  operator: string,
  { a, b, at }: { a: Value; b: Value; at: number },
): Fault {
  return new Fault(`${operator} does not go with ${typeOf(a)} and ${typeOf(b)}`, at);
}

export function add(a: Value, b: Value, at: number): Value {
  if (typeof a === "number") {
    if (typeof b === "number") return a + b;
    if (b instanceof Int) return a + b.n;
  } else if (a instanceof Int) {
    if (b instanceof Int) return exact(a.n + b.n, () => BigInt(a.n) + BigInt(b.n));
    if (typeof b === "number") return a.n + b;
  } else if (typeof a === "string" && typeof b === "string") {
    allotText(a.length + b.length);
    return a + b;
  } else if (a instanceof Duration) {
    if (b instanceof Duration) return new Duration(a.ns + b.ns);
    if (b instanceof Time) return b.plus(a.ns);
  } else if (a instanceof Time && b instanceof Duration) return a.plus(b.ns);
  return ofLarge(a, b, ADD) ?? fail(mismatch("+", { a, b, at }));
}

export function subtract(a: Value, b: Value, at: number): Value {
  if (typeof a === "number") {
    if (typeof b === "number") return a - b;
    if (b instanceof Int) return a - b.n;
  } else if (a instanceof Int) {
    if (b instanceof Int) return exact(a.n - b.n, () => BigInt(a.n) - BigInt(b.n));
    if (typeof b === "number") return a.n - b;
  } else if (b instanceof Duration) {
    if (a instanceof Duration) return new Duration(a.ns - b.ns);
    if (a instanceof Time) return a.plus(-b.ns);
  } else if (a instanceof Time && b instanceof Time) return between(a, b);
  return ofLarge(a, b, SUBTRACT) ?? fail(mismatch("-", { a, b, at }));
}

export function multiply(a: Value, b: Value, at: number): Value {
  if (typeof a === "number") {
    if (typeof b === "number") return a * b;
    if (b instanceof Int) return a * b.n;
    if (b instanceof Duration) return a * Number(b.ns);
  } else if (a instanceof Int) {
    if (b instanceof Int) return exact(a.n * b.n, () => BigInt(a.n) * BigInt(b.n));
    if (typeof b === "number") return a.n * b;
    if (b instanceof Duration) return new Duration(BigInt(a.n) * b.ns);
  } else if (a instanceof Duration) {
    if (b instanceof Duration) return new Duration(a.ns * b.ns);
    return multiply(b, a, at);
  }
  return ofLarge(a, b, MULTIPLY) ?? fail(mismatch("*", { a, b, at }));
}

/** Always a float. */
export function divide(a: Value, b: Value, at: number): Value {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === undefined || y === undefined) throw mismatch("/", { a, b, at });
  return x / y;
}

/** Of whole numbers; a float may be one of them when it is whole, as numbers of JSON are. */
export function modulo(a: Value, b: Value, at: number): Value {
  if (a instanceof Int && b instanceof Int && b.n !== 0) return int(a.n % b.n);
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === undefined || y === undefined) throw mismatch("%", { a, b, at });
  if (isWhole(a) && isWhole(b) && y !== 0) return whole(bigOf(a) % bigOf(b));
  if (!Number.isInteger(x) || !Number.isInteger(y)) {
    throw new Fault("% is of whole numbers only; int() makes one of a float", at);
  }
  if (y === 0) throw new Fault("division by zero", at);
  return x % y;
}

/** Always a float. */
export function power(a: Value, b: Value, at: number): Value {
  const x = numberOf(a);
  const y = numberOf(b);
  if (x === undefined || y === undefined) throw mismatch("**", { a, b, at });
  // As Go takes them: one to any power is one, even to no number, and halves are roots.
  if (x === 1 || x === -1 && Math.abs(y) === Infinity) return 1;
  if (y === 0.5 && x >= 0) return Math.sqrt(x);
  return y === -0.5 && x > 0 ? 1 / Math.sqrt(x) : x ** y;
}

export function negate(a: Value, at: number): Value {
  if (typeof a === "number") return -a;
  if (a instanceof Int) return int(0 - a.n);
  if (typeof a === "bigint") return whole(-bigOf(a));
  if (a instanceof Duration) return new Duration(-a.ns);
  throw new Fault(`- does not go with ${typeOf(a)}`, at);
}

/** Beyond 2^53 doubles round: such results are taken again, and wrap at 64 bits. */
function exact(n: number, again: () => bigint): Whole {
  return Number.isSafeInteger(n) ? int(n) : whole(again());
}

interface Arithmetic {
  wholes(a: bigint, b: bigint): bigint;
  floats(a: number, b: number): number;
}

const ADD: Arithmetic = { wholes: (a, b) => a + b, floats: (a, b) => a + b };
const SUBTRACT: Arithmetic = { wholes: (a, b) => a - b, floats: (a, b) => a - b };
const MULTIPLY: Arithmetic = { wholes: (a, b) => a * b, floats: (a, b) => a * b };

/** What two numbers make, one of which is whole and beyond 2^53; undefined for all else. */
function ofLarge(a: Value, b: Value, { wholes, floats }: Arithmetic): Value | undefined {
  if (typeof a !== "bigint" && typeof b !== "bigint") return undefined;
  if (isWhole(a) && isWhole(b)) return whole(wholes(bigOf(a), bigOf(b)));
  const x = numberOf(a);
  const y = numberOf(b);
  return x === undefined || y === undefined ? undefined : floats(x, y);
}

/** Only what comes from JSON can be larger than the language's own. */
function bigOf(value: Whole): bigint {
  const n = typeof value === "bigint" ? value : BigInt(value.n);
  if (BigInt.asIntN(64, n) === n) return n;
  throw new Fault(
    `${n} has more than 64 bits: it can be passed on and compared, not computed with`,
  );
}

function fail(fault: Fault): never {
  throw fault;
}
