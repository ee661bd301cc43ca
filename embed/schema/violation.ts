// How it is told what is wrong with a value, whichever library has found it.

export interface Violation {
  /** JSON Pointer to the place; `/` is the value itself. */
  at: string;
  /** The rule that it breaks there. */
  rule: string;
  /** The rule with what it allows, as the schema has it. */
  explained: string;
}

/** The rule that a missing property breaks, at its own place. */
export const IS_MISSING = "is required";

/** A key as a part of a JSON Pointer. */
export function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
