// Which builtins work on maps, and on any value.

import { article } from "../../../core/text.ts";
import { Buffer } from "node:buffer";
import { LargeNumberError, parseJson } from "../../../core/exact-json.ts";
import { length } from "../access.ts";
import { allot, allotText, descend, spend } from "../budget.ts";
import { Fault } from "../errors.ts";
import { jsonText, textOf } from "../text.ts";
import { AnyMap, type Dict, isComparable, typeOf, type Value } from "../values.ts";
import type { Builtin } from "./signature.ts";

function entriesOf(map: AnyMap | Dict): [Value, Value][] {
  const entries = map instanceof AnyMap ? [...map.entries()] : Object.entries(map);
  allot(entries.length);
  return entries;
}

function fromPairs(pairs: Value[]): AnyMap {
  const map = new AnyMap(null);
  allot(pairs.length);
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new Fault("fromPairs takes a list of lists with a key and a value each");
    }
    const [key, value] = pair as [Value, Value];
    if (!isComparable(key)) throw new Fault(`${article(typeOf(key))} cannot be a key`);
    map.set(key, value);
  }
  return map;
}

function fromJson(text: string): Value {
  allotText(text.length);
  spend(text.length >> 3);
  let value: Value;
  try {
    value = parseJson(text);
  } catch (thrown) {
    if (thrown instanceof LargeNumberError) throw new Fault("fromJSON: a number is too large");
    // What V8 says quotes pieces of the text, in which no secret could be found.
    throw new Fault("fromJSON: the text is not JSON");
  }
  allotAll(value, 0);
  return value;
}

function allotAll(value: Value, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  descend(depth);
  const items = Array.isArray(value) ? value : Object.values(value as Dict);
  allot(items.length);
  for (const item of items) allotAll(item, depth + 1);
}

function fromBase64(text: string): string {
  allotText(text.length);
  const digits = text.replace(/[\r\n]/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits) || digits.length % 4 !== 0) {
    throw new Fault("fromBase64: the text is not base64");
  }
  return Buffer.from(digits, "base64").toString("utf8");
}

export const MAPS: Record<string, Builtin> = {
  keys: {
    takes: ["map"],
    gives: "list",
    call: (map: AnyMap | Dict) => entriesOf(map).map(([key]) => key),
  },
  values: {
    takes: ["map"],
    gives: "list",
    call: (map: AnyMap | Dict) => entriesOf(map).map(([, value]) => value),
  },
  toPairs: { takes: ["map"], gives: "list", call: entriesOf },
  fromPairs: { takes: ["list"], gives: "map", call: fromPairs },
  len: { takes: ["countable"], gives: "int", call: length },
  type: { takes: ["any"], gives: "string", call: typeOf },
  string: { takes: ["any"], gives: "string", call: (value: Value) => textOf(value) },
  toJSON: { takes: ["any"], gives: "string", call: (value: Value) => jsonText(value) },
  fromJSON: { takes: ["string"], gives: "any", call: fromJson },
  toBase64: {
    takes: ["string"],
    gives: "string",
    call(text: string) {
      allotText(text.length * 2);
      return Buffer.from(text, "utf8").toString("base64");
    },
  },
  fromBase64: { takes: ["string"], gives: "string", call: fromBase64 },
};
