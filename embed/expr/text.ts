// How values read as text: `string()`, and the texts of `toJSON()`.

import { Buffer } from "node:buffer";
import { article, plainNumber } from "../../core/text.ts";
import { allotText, descend, spend } from "./budget.ts";
import { compareTexts } from "./compare.ts";
import { Fault } from "./errors.ts";
import { Duration } from "./time/duration.ts";
import { formatTime, rfc3339 } from "./time/format.ts";
import { FULL_LAYOUT } from "./time/layout.ts";
import { Time } from "./time/time.ts";
import { Zone } from "./time/zone.ts";
import {
  AnyMap,
  type Dict,
  Int,
  isDict,
  isNil,
  NamedInt,
  NO_LIST,
  typeOf,
  type Value,
} from "./values.ts";

/** As Go prints values: `[1 2]`, `map[a:1]`, `<nil>`; but numbers below 1e21 without exponent. */
export function textOf(value: Value | undefined, depth = 0): string {
  switch (typeof value) {
    case "string":
      return value;
    case "boolean":
      return String(value);
    case "number":
      return floatText(value);
    case "bigint":
      return String(value);
    case "function":
      return "func";
  }
  if (value === NO_LIST) return "[]";
  if (isNil(value)) return "<nil>";
  if (value instanceof NamedInt) return value.name;
  if (value instanceof Int) return String(value.n);
  if (value instanceof Duration) return String(value);
  if (value instanceof Time) return formatTime(value, FULL_LAYOUT);
  if (value instanceof Zone) return value.name;
  descend(depth);
  let length = 0;
  const text = (item: Value | undefined) => {
    const made = textOf(item, depth + 1);
    length += made.length;
    if (length > 4096) {
      allotText(length);
      length = 0;
    }
    return made;
  };
  if (Array.isArray(value)) return `[${value.map(text).join(" ")}]`;
  if (value instanceof Uint8Array) return `[${Array.from(value).join(" ")}]`;
  return `map[${entriesOf(value!).map(([key, item]) => `${key}:${text(item)}`).join(" ")}]`;
}

function floatText(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  if (size === 0 || size >= 1e-4 && size < 1e21 || Number.isNaN(value)) return plainNumber(value);
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** The entries of a map by the text of their keys, in the order of these texts. */
function entriesOf(map: Value): [string, Value][] {
  const entries = map instanceof AnyMap
    ? Array.from(map.entries(), ([key, item]): [string, Value] => [textOf(key), item])
    : Object.entries(map as Dict);
  spend(4 * entries.length);
  return entries.sort(([a], [b]) => compareTexts(a, b));
}

/** Pretty-printed with two spaces, keys in order, `<`, `>` and `&` escaped. */
export function jsonText(value: Value | undefined, indent = "\n", depth = 0): string {
  if (isNil(value)) return "null";
  switch (typeof value) {
    case "string":
      return quoted(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw new Fault(`${floatText(value)} is no number of JSON`);
      return JSON.stringify(value);
  }
  if (value instanceof Int) return String(value.n);
  if (value instanceof Duration) return String(value.ns);
  if (value instanceof Time) return quoted(rfc3339(value));
  if (value instanceof Uint8Array) return quoted(Buffer.from(value).toString("base64"));
  if (value instanceof Zone) return "{}";
  descend(depth);
  const inner = `${indent}  `;
  let length = 0;
  const item = (value: Value | undefined) => {
    const text = jsonText(value, inner, depth + 1);
    length += text.length + inner.length;
    if (length > 4096) {
      allotText(length);
      length = 0;
    }
    return text;
  };
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[${value.map((one) => inner + item(one)).join(",")}${indent}]`;
  }
  if (!(value instanceof AnyMap) && !isDict(value)) {
    throw new Fault(`${article(typeOf(value))} cannot be written as JSON`);
  }
  const entries = entriesOf(value);
  if (entries.length === 0) return "{}";
  return `{${
    entries.map(([key, one]) => `${inner}${quoted(key)}: ${item(one)}`).join(",")
  }${indent}}`;
}

function quoted(text: string): string {
  spend(4);
  allotText(text.length);
  const json = JSON.stringify(text);
  allotText(json.length);
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
