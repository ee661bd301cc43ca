// What the schemas and outputs of fs.* have in common.

import type { JsonObject } from "../../core/json.ts";

export const pathParam: JsonObject = {
  type: "string",
  minLength: 1,
  description: "Absolute, or relative to the daemon's working directory.",
};

export const pathOutput: JsonObject = {
  type: "string",
  description: "The absolute path; links are not resolved in it.",
};

/** Seconds since the epoch as RFC 3339 in UTC, without fractions. */
export function wholeSeconds(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replace(/\.\d+Z$/, "Z");
}
