// How a CEL result becomes JSON.

import { Buffer } from "node:buffer";
import { type CelValue, isCelList, isCelMap, isCelType, isCelUint } from "@bufbuild/cel";
import { copyJson, setOwn } from "../../core/copy.ts";
import { exactInteger, exactNumber } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import { spend } from "./budget.ts";
import { JsonList, LazyMap } from "./values.ts";

/** The text of a value that only the library can write: a timestamp or a duration. */
export type Describe = (value: CelValue) => string;

/**
 * A result as JSON of its own. Integers are exact, bytes base64, types their names; map keys become text. Throws for NaN and the infinities.
 */
export function toJson(value: CelValue, describe: Describe): Json {
  if (value instanceof JsonList) return copyJson(value.json);
  if (value instanceof LazyMap) return copyJson(value.json());
  return convert(value, describe);
}

function convert(value: CelValue, describe: Describe): Json {
  spend(1);
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(value)) throw new Error(`the result ${value} is not a JSON number`);
      return exactNumber(value);
    case "bigint":
      return exactInteger(value);
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (isCelUint(value)) return exactInteger(value.value);
  if (isCelList(value)) return Array.from(value, (item) => convert(item, describe));
  if (isCelMap(value)) {
    const object: JsonObject = {};
    for (const [key, item] of value.entries()) {
      const name = plainText(isCelUint(key) ? exactInteger(key.value) : toJson(key, describe));
      setOwn(object, name, convert(item, describe));
    }
    return object;
  }
  return isCelType(value) ? value.name : describe(value);
}
