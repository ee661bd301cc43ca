// Which values an expression computes with, and what they are called.

import type { Duration } from "./time/duration.ts";
import type { Time } from "./time/time.ts";
import type { Zone } from "./time/zone.ts";

/**
 * A whole number of the language, up to 2^53; one beyond is a bigint. Plain numbers, as JSON has
 * them, are its floats.
 */
export class Int {
  readonly n: number;

  constructor(n: number) {
    this.n = n;
  }
}

/** One character of a text that is read like an array. */
export class Byte extends Int {}

/** A month or a day of the week: a number that reads as its name. */
export class NamedInt extends Int {
  readonly name: string;
  readonly type: string;

  constructor({ n, name, type }: { n: number; name: string; type: string }) {
    super(n);
    this.name = name;
    this.type = type;
  }
}

/** A map with keys of any comparable type, as groupBy and fromPairs make them. */
export class AnyMap {
  /** What a key that is not there reads as. */
  readonly missing: Value;
  readonly #entries = new Map<unknown, [key: Value, value: Value]>();

  constructor(missing: Value) {
    this.missing = missing;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Undefined when there is no such key. */
  get(key: Value): Value | undefined {
    return this.#entries.get(comparable(key))?.[1];
  }

  has(key: Value): boolean {
    return this.#entries.has(comparable(key));
  }

  set(key: Value, value: Value): void {
    this.#entries.set(comparable(key), [key, value]);
  }

  entries(): Iterable<[key: Value, value: Value]> {
    return this.#entries.values();
  }
}

/** A map with text keys: a plain object or one without prototype; only its own keys count. */
export interface Dict {
  [key: string]: Value;
}

export type Callable = (...args: Value[]) => Value;

export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Int
  | Value[]
  | Dict
  | AnyMap
  | Time
  | Duration
  | Zone
  | Uint8Array
  | Callable;

/** A whole number of any size. */
export type Whole = Int | bigint;

/** The list that a missing group is: empty where a list is asked for, nil where nil is. */
export const NO_LIST: Value[] = Object.freeze([]) as unknown as Value[];

const SMALL = Array.from({ length: 1280 }, (_, i) => new Int(i - 256));

/** The whole number; what is no integer is cut towards zero, and what is beyond 64 bits wraps. */
export function int(n: number): Whole {
  if (n >= -256 && n < 1024) {
    const small = SMALL[n + 256];
    if (small !== undefined) return small;
  }
  if (Number.isSafeInteger(n)) return new Int(n);
  return Number.isFinite(n) ? whole(BigInt(Math.trunc(n))) : -(2n ** 63n);
}

/** The same, of a number that may be beyond 2^53. */
export function whole(n: bigint): Whole {
  const number = Number(n);
  return Number.isSafeInteger(number) ? int(number) : whole64(BigInt.asIntN(64, n));
}

function whole64(n: bigint): Whole {
  const number = Number(n);
  return Number.isSafeInteger(number) ? int(number) : n;
}

export function isWhole(value: unknown): value is Whole {
  return value instanceof Int || typeof value === "bigint";
}

export function isNil(value: Value | undefined): boolean {
  return value === null || value === undefined || value === NO_LIST;
}

/** True for maps with text keys; nothing that has a class of its own is one. */
export function isDict(value: unknown): value is Dict {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function isNumeric(value: unknown): value is number | Whole {
  return typeof value === "number" || isWhole(value);
}

/** The number behind an int or a float, as a double; undefined for all else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (value instanceof Int) return value.n;
  return typeof value === "bigint" ? Number(value) : undefined;
}

/** The same, exact: to be compared with another. */
export function exactOf(value: unknown): number | bigint | undefined {
  return typeof value === "bigint" ? value : numberOf(value);
}

/** The name by which `type()` and the errors call a value. */
export function typeOf(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "nil";
    case "boolean":
      return "bool";
    case "number":
      return "float";
    case "bigint":
      return "int";
    case "string":
      return "string";
    case "function":
      return "func";
  }
  if (value === null) return "nil";
  if (Array.isArray(value) || value instanceof Uint8Array) return "array";
  if (value instanceof NamedInt) return value.type;
  if (value instanceof Byte) return "uint";
  if (value instanceof Int) return "int";
  if (value instanceof AnyMap || isDict(value)) return "map";
  return (value as { typeName?: string }).typeName ?? "unknown";
}

/** Whether a value can be a key; maps and arrays cannot. */
export function isComparable(value: Value | undefined): boolean {
  if (typeof value === "function") return false;
  if (typeof value !== "object" || value === null) return true;
  return !Array.isArray(value) && !(value instanceof Uint8Array) &&
    !(value instanceof AnyMap) && !isDict(value);
}

/** Equal keys have equal forms here: numbers by value, moments and durations by their time. */
function comparable(key: Value): unknown {
  if (typeof key === "bigint") return BigInt(Number(key)) === key ? Number(key) : key;
  if (typeof key !== "object" || key === null) return key ?? null;
  if (key instanceof Int) return key.n;
  return (key as { identity?: unknown }).identity ?? key;
}
