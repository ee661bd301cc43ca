// Whose signature makes a release one of ours: the keys that were compiled in.
//
// Ed25519 (RFC 8032) over the bytes of the manifest. A key is replaced over two releases: the first,
// signed with the old one, carries the new one as the next key; the second is signed with that.

import { createPublicKey, type KeyObject, verify } from "node:crypto";

declare const __OPCODE_RELEASE_KEYS__: string | undefined;

/** The keys that this build trusts, as base64 of their 32 bytes; none in a checkout. */
export const RELEASE_KEYS: readonly string[] = typeof __OPCODE_RELEASE_KEYS__ === "string"
  ? __OPCODE_RELEASE_KEYS__.split(",").filter(Boolean)
  : [];

/** What stands before the 32 bytes in the key's usual form (RFC 8410, SubjectPublicKeyInfo). */
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");
export const SIGNATURE_BYTES = 64;

/** The public key of these 32 bytes. Throws when they are none. */
export function keyOf(base64: string): KeyObject {
  const raw = Buffer.from(base64, "base64");
  if (raw.length !== 32) throw new Error("a release key has 32 bytes");
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: "der", type: "spki" });
}

/** The 32 bytes of a public key, or of a private key's public half, as base64. */
export function keyText(key: KeyObject): string {
  const spki = (key.type === "private" ? createPublicKey(key) : key).export({
    format: "der",
    type: "spki",
  });
  if (spki.length !== SPKI_HEAD.length + 32 || !spki.subarray(0, 12).equals(SPKI_HEAD)) {
    throw new Error("a release is signed with an Ed25519 key");
  }
  return spki.subarray(SPKI_HEAD.length).toString("base64");
}

/** Which of the keys has signed the bytes; undefined when none has. */
export function signerOf(
  bytes: Uint8Array,
  signature: Uint8Array,
  keys: readonly string[],
): string | undefined {
  if (signature.length !== SIGNATURE_BYTES) return undefined;
  return keys.find((key) => verify(null, bytes, keyOf(key), signature));
}
