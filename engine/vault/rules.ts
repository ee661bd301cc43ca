// What a secret may be called, and what it may hold.

import { OpcodeError } from "../../core/errors.ts";

const LONGEST_NAME = 128;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Bytes of one value: a private key with its chain fits several times. */
export const LARGEST_VALUE = 64 * 1024;

const NAME_RULE =
  `must be 1–${LONGEST_NAME} letters, digits, "_", "-" and ".", and begin with none of "-", "."`;

/** Throws VALIDATION_ERROR for a name that a token could not hold. */
export function checkName(name: string): void {
  if (!isSecretName(name)) throw invalid("name", NAME_RULE);
}

/** Whether a secret may be called that. */
export function isSecretName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/** The bytes of a value; VALIDATION_ERROR, without the value, when they are no text or too many. */
export function checkValue(value: string): Uint8Array {
  if (!value.isWellFormed()) throw invalid("value", "must be Unicode text");
  const bytes = Buffer.from(value);
  if (bytes.length > LARGEST_VALUE) {
    throw invalid("value", `must be at most ${LARGEST_VALUE} bytes, got ${bytes.length}`);
  }
  return bytes;
}

function invalid(path: string, rule: string): OpcodeError {
  return new OpcodeError("VALIDATION_ERROR", `${path}: ${rule}`, { details: { path } });
}
