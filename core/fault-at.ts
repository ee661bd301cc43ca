// How an error says what of a request it is about.

import { OpcodeError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/**
 * VALIDATION_ERROR `path: rule`. `path`: a member of the request, of its filter (`filter.limit`), of a
 * query string. `details`: what else there is to know of it.
 */
export function faultAt(path: string, rule: string, details: JsonObject = {}): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${path}: ${rule}`, {
    details: { ...placeOf(path), ...details },
  });
}

/** The details that every error has which is about one member: `field` is the old name of `path`. */
export function placeOf(path: string): { path: string; field: string } {
  return { path, field: path };
}
