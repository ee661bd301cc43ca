// What a secret may be called, and what it may hold.

import { faultAt } from "../../core/fault-at.ts";

const LONGEST_NAME = 128;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Bytes of one value: a private key with its chain fits several times. */
export const LARGEST_VALUE = 64 * 1024;

const NAME_RULE =
  `must be 1–${LONGEST_NAME} letters, digits, "_", "-" and ".", and begin with none of "-", "."`;

/** Throws VALIDATION_ERROR for a name that a token could not hold. */
export function checkName(name: string): void {
  if (!isSecretName(name)) throw faultAt("name", NAME_RULE);
}

/** Whether a secret may be called that. */
export function isSecretName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name);
}

/** The bytes of a value; VALIDATION_ERROR, without the value, when they are no text or too many. */
export function checkValue(value: string): Uint8Array {
  if (!value.isWellFormed()) throw faultAt("value", "must be Unicode text");
  const bytes = Buffer.from(value);
  if (bytes.length > LARGEST_VALUE) {
    throw faultAt("value", `must be at most ${LARGEST_VALUE} bytes, got ${bytes.length}`);
  }
  return bytes;
}
