// Which names and ids callers may use.

import { faultAt } from "../core/fault-at.ts";
import { isLongerThan } from "../core/text.ts";
import { LONGEST_IDENTIFIER, LONGEST_STEP_ID } from "./contract/terms.ts";

/** Throws VALIDATION_ERROR naming the field unless the text is 1–128 printable characters. */
export function checkIdentifier(field: string, value: unknown): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw faultAt(field, "must be a non-empty string");
  }
  if (isLongerThan(value, LONGEST_IDENTIFIER)) {
    throw faultAt(field, `must have at most ${LONGEST_IDENTIFIER} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) {
    throw faultAt(field, "must not contain control characters");
  }
  return value;
}

/** Throws VALIDATION_ERROR naming the field unless a definition may have a step with this full id. */
export function checkStepId(field: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw faultAt(field, "must be a non-empty string");
  if (isLongerThan(value, LONGEST_STEP_ID)) {
    throw faultAt(field, `must have at most ${LONGEST_STEP_ID} characters`);
  }
  if (/[\p{Cc}\p{Cs}]/u.test(value)) throw faultAt(field, "must not contain control characters");
  return value;
}
