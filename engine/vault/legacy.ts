// How secrets of the first form are read: one salt for everybody, and nothing bound to the blob.

import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";
import { openBody } from "./blob.ts";
import { KEY_BYTES, rawKey } from "./key.ts";

const SALT = "opcode-vault-salt";
const ITERATIONS = 100_000;

/** The key under which the text's owner encrypted then. */
export async function legacyKey(text: string): Promise<Uint8Array> {
  return rawKey(text) ??
    new Uint8Array(await promisify(pbkdf2)(text, SALT, ITERATIONS, KEY_BYTES, "sha256"));
}

/** The plaintext of nonce, ciphertext and tag; null when they are not of this key. */
export function openLegacyBlob(key: Uint8Array, blob: Uint8Array): Uint8Array | null {
  return openBody(key, blob, null);
}
