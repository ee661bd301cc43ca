// How the value of an expression becomes JSON.

import { article, quoted } from "../../core/text.ts";
import { Buffer } from "node:buffer";
import { setOwn } from "../../core/copy.ts";
import { exactInteger, exactNumber } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { allotResult, allotText, descend } from "./budget.ts";
import { Fault } from "./errors.ts";
import { textOf } from "./text.ts";
import { Duration } from "./time/duration.ts";
import { rfc3339 } from "./time/format.ts";
import { Time } from "./time/time.ts";
import { Zone } from "./time/zone.ts";
import { AnyMap, Int, isDict, isNil, typeOf, type Value } from "./values.ts";

/**
 * A result as JSON of its own, that shares nothing with the environment: ints, floats and durations
 * (nanoseconds) as numbers, dates as RFC 3339, bytes as base64, keys as text. Throws a Fault for
 * NaN, the infinities and functions.
 */
export function toJson(value: Value | undefined, depth = 0): Json {
  switch (typeof value) {
    case "string":
      allotText(value.length);
      return value;
    case "boolean":
    case "bigint":
      return value;
    case "number":
      if (Number.isFinite(value)) return exactNumber(value);
      throw new Fault(`the result ${textOf(value)} is no number of JSON`);
    case "function":
      throw new Fault("the result has a function in it; call it");
  }
  if (isNil(value)) return null;
  if (value instanceof Int) return value.n;
  if (value instanceof Duration) return exactInteger(value.ns);
  if (value instanceof Time) return rfc3339(value);
  if (value instanceof Zone) return value.name;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  descend(depth);
  if (Array.isArray(value)) {
    allotResult(value.length);
    const list: Json[] = new Array(value.length);
    for (let i = 0; i < value.length; i++) list[i] = toJson(value[i], depth + 1);
    return list;
  }
  const object: JsonObject = {};
  if (isDict(value)) {
    const keys = Object.keys(value);
    allotResult(keys.length);
    for (const key of keys) setOwn(object, key, toJson(value[key], depth + 1));
    return object;
  }
  if (!(value instanceof AnyMap)) throw new Fault(`${article(typeOf(value))} is no result`);
  for (const [key, item] of value.entries()) {
    const name = isNil(key) ? "null" : textOf(key);
    if (Object.hasOwn(object, name)) {
      throw new Fault(`two keys of the result read ${quoted(name)} as text`);
    }
    setOwn(object, name, toJson(item, depth + 1));
  }
  return object;
}
