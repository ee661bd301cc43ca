// What it takes to change configurations of one form, JSON or TOML.

import type { JsonObject } from "../../core/json.ts";

/** How configurations of one form are read and changed. */
export interface Form {
  /** Throws ConfigFault for what is not of the form, or no object. */
  read(text: string): JsonObject;
  /** The text with the member there, or without it; all else in it is as it was. Throws ConfigFault. */
  set(text: string, path: readonly string[], value: JsonObject | undefined): string;
}

/** The value where the path leads, and nothing else. */
export function nested(path: readonly string[], value: JsonObject): JsonObject {
  return path.reduceRight<JsonObject>((inner, name) => ({ [name]: inner }), value);
}

/** Why a configuration is left as it is: completes the sentence "FILE …". */
export class ConfigFault extends Error {}
