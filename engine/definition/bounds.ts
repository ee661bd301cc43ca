// Whether a JSON value is small and shallow enough to be looked at by recursive code.

import { Buffer } from "node:buffer";
import type { Json } from "../../core/json.ts";

/** Levels of arrays and objects; sixteen nested steps need some eighty. */
export const DEEPEST_JSON = 500;

/** The size in bytes of the value as compact JSON; the value must not be too deep. */
export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value) ?? "");
}
