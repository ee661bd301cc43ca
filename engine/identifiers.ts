// Which names and ids callers may use.

import { OpcodeError } from "../core/errors.ts";
import { isLongerThan } from "../core/text.ts";

export const LONGEST_IDENTIFIER = 128;

/** Throws VALIDATION_ERROR naming the field unless the text is 1–128 printable characters. */
export function checkIdentifier(field: string, value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw invalid(field, "must be a non-empty string");
  }
  if (isLongerThan(value, LONGEST_IDENTIFIER)) {
    throw invalid(field, `must have at most ${LONGEST_IDENTIFIER} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw invalid(field, "must not contain control characters");
  }
  return value;
}

/** What the full id of a step sixteen levels deep may take, with all names as long as they may be. */
export const LONGEST_STEP_ID = 8_224;

/** Throws VALIDATION_ERROR naming the field unless a definition may have a step with this full id. */
export function checkStepId(field: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid(field, "must be a non-empty string");
  if (isLongerThan(value, LONGEST_STEP_ID)) {
    throw invalid(field, `must have at most ${LONGEST_STEP_ID} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) throw invalid(field, "must not contain control characters");
  return value;
}

/** VALIDATION_ERROR `field: rule`. */
export function invalid(field: string, rule: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${field}: ${rule}`, { details: { field } });
}
