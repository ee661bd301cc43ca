// How elements, fields and slices are read: own ones only.

import { article } from "../../core/text.ts";
import { quoted } from "../../core/text.ts";
import { Buffer } from "node:buffer";
import { allot, allotText } from "./budget.ts";
import { sliceText, textLength } from "./characters.ts";
import { Fault } from "./errors.ts";
import {
  AnyMap,
  Byte,
  type Dict,
  int,
  isComparable,
  isDict,
  numberOf,
  typeOf,
  type Value,
} from "./values.ts";

const SHARED = Object.prototype as unknown as Dict;

/** `from.name`: of a map; nil when it has no such key. */
export function field(from: Value, name: string, at: number): Value {
  if (typeof from !== "object" || from === null) return fetch(from, name, at);
  const prototype = Object.getPrototypeOf(from);
  if (prototype !== SHARED && prototype !== null) return fetch(from, name, at);
  const value = (from as Dict)[name];
  if (value === undefined) return null;
  // Only where a prototype has such a name too must be asked whose this is.
  return SHARED[name] === undefined || Object.hasOwn(from, name) ? value : null;
}

/** `from[key]`. */
export function fetch(from: Value, key: Value, at: number): Value {
  if (Array.isArray(from) || from instanceof Uint8Array) return element(from, key, at);
  if (typeof from === "string") {
    return numberOf(key) === undefined
      ? missing(key, from, at)
      : element(charactersOf(from), key, at);
  }
  if (from instanceof AnyMap) {
    if (!isComparable(key)) throw new Fault(`${article(typeOf(key))} cannot be a key`, at);
    return from.get(key) ?? from.missing;
  }
  if (isDict(from)) {
    if (key === null) return null;
    if (typeof key === "string") return Object.hasOwn(from, key) ? from[key] ?? null : null;
    throw new Fault(`the keys of a map are texts, not ${typeOf(key)}`, at);
  }
  return missing(key, from, at);
}

function missing(key: Value, from: Value, at: number): never {
  const wanted = typeof key === "string" ? quoted(key) : `an element by ${typeOf(key)}`;
  throw new Fault(`cannot read ${wanted} of ${typeOf(from)}`, at);
}

function element(list: Value[] | Uint8Array, key: Value, at: number): Value {
  const index = numberOf(key);
  if (index === undefined) missing(key, list, at);
  const i = Math.trunc(index) + (index <= -1 ? list.length : 0);
  if (!(i >= 0 && i < list.length)) {
    throw new Fault(`index ${Math.trunc(index)} is out of range: the length is ${list.length}`, at);
  }
  const value = list[i] ?? null;
  return list instanceof Uint8Array ? new Byte(value as number) : value;
}

/** The code points of a text, as a list that predicates and indexes can read. */
export function charactersOf(text: string): Value[] {
  allot(text.length);
  return Array.from(text, (character) => new Byte(character.codePointAt(0)!));
}

/** `from[low:high]`, both possibly negative or missing; never out of range. */
export function slice(
  from: Value,
  { low, high, at }: { low: Value | undefined; high: Value | undefined; at: number },
): Value {
  const bounds = (length: number): [number, number] => {
    const end = clamp(bound(high, { fallback: length, at }), length);
    return [Math.min(clamp(bound(low, { fallback: 0, at }), length), end), end];
  };
  if (Array.isArray(from)) {
    const [start, end] = bounds(from.length);
    allot(end - start);
    return from.slice(start, end);
  }
  if (typeof from === "string") {
    allotText(from.length);
    return sliceText(from, ...bounds(textLength(from)));
  }
  if (from instanceof Uint8Array) return Buffer.from(from).subarray(...bounds(from.length));
  throw new Fault(`cannot slice ${typeOf(from)}`, at);
}

function bound(
  value: Value | undefined,
  { fallback, at }: { fallback: number; at: number },
): number {
  if (value === undefined) return fallback;
  const n = numberOf(value);
  if (n === undefined || Number.isNaN(n)) {
    throw new Fault(`a slice goes from number to number, not ${typeOf(value)}`, at);
  }
  return Math.trunc(n);
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index < 0 ? index + length : index, 0), length);
}

/** Elements of a list, keys of a map, code points of a text. */
export function length(value: Value): Value {
  if (Array.isArray(value) || value instanceof Uint8Array) return int(value.length);
  if (typeof value === "string") return int(textLength(value));
  if (value instanceof AnyMap) return int(value.size);
  if (isDict(value)) return int(Object.keys(value).length);
  throw new Fault(`${typeOf(value)} has no length`);
}
