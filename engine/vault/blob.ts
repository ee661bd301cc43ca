// What an encrypted value looks like: version byte, nonce, ciphertext, tag (AES-256-GCM).

import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The form before had no version byte; see legacy.ts. */
const VERSION = 2;

/**
 * What a blob is, bound to it with the version byte so that it opens nowhere else. The name of a
 * secret stands for itself: no name begins with the zero byte that all other kinds begin with.
 */
export const purposes = {
  secret: (name: string) => name,
  sealed: (aad: string) => `\0sealed\0${aad}`,
  canary: "\0canary",
};

/** Encrypts under a fresh random nonce: the same plaintext is another blob each time. */
export function sealBlob(key: Uint8Array, plaintext: Uint8Array, purpose: string): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce);
  cipher.setAAD(aadOf(purpose));
  return new Uint8Array(Buffer.concat([
    Buffer.of(VERSION),
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]));
}

/** The plaintext; null when the blob is no such blob of this key and purpose. */
export function openBlob(key: Uint8Array, blob: Uint8Array, purpose: string): Uint8Array | null {
  if (blob[0] !== VERSION) return null;
  return openBody(key, blob.subarray(1), aadOf(purpose));
}

/** Opens nonce, ciphertext and tag; null when they are too short or do not authenticate. */
export function openBody(
  key: Uint8Array,
  body: Uint8Array,
  aad: Uint8Array | null,
): Uint8Array | null {
  if (body.length < NONCE_BYTES + TAG_BYTES) return null;
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv(CIPHER, key, body.subarray(0, NONCE_BYTES), options);
  if (aad !== null) decipher.setAAD(aad);
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const plaintext = decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return new Uint8Array(plaintext);
}

function aadOf(purpose: string): Uint8Array {
  return Buffer.concat([Buffer.of(VERSION), Buffer.from(purpose)]);
}
