// Which names and ids callers may use.

import { OpcodeError } from "../core/errors.ts";

const MOST_CHARACTERS = 128;

/** Throws VALIDATION_ERROR naming the field unless the text is 1–128 printable characters. */
export function checkIdentifier(field: string, value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw invalid(field, "must be a non-empty string");
  }
  if (value.length > MOST_CHARACTERS) {
    throw invalid(field, `must have at most ${MOST_CHARACTERS} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid(field, "must not contain control characters");
  }
  return value;
}

/** VALIDATION_ERROR `field: rule`. */
export function invalid(field: string, rule: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${field}: ${rule}`, { details: { field } });
}
