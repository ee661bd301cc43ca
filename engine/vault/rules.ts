// What a secret may be called, what it may hold, and what may become the key of a vault.

import { faultAt } from "../../core/fault-at.ts";

const LONGEST_NAME = 128;
const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
/** Bytes of one value: a private key with its chain fits several times. */
export const LARGEST_VALUE = 64 * 1024;

const NAME_RULE =
  `must be 1–${LONGEST_NAME} letters, digits, "_", "-" and ".", and begin with none of "-", "."`;

/** Characters of a passphrase: whoever takes the database along may try as many as they like. */
const SHORTEST_PASSPHRASE = 12;

/**
 * Why the text must not become the key of a vault, as the end of "a new passphrase …"; of the key that a
 * vault has already nothing is asked.
 */
export function newKeyFault(text: string): string | undefined {
  if (/^(hex|base64):/.test(text) || [...text].length >= SHORTEST_PASSPHRASE) return undefined;
  return `must have at least ${SHORTEST_PASSPHRASE} characters`;
}

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
