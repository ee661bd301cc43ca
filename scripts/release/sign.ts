// How a release is signed: once for whom OpenSSL verifies it, once for whom OpenSSH does.

import { createHash, type KeyObject, sign } from "node:crypto";
import { keyText } from "../../cli/release/keys.ts";

/** What the signature is for, so that one for something else is none for a release. */
export const SSH_NAMESPACE = "opcode-release";

/** Ed25519 over the bytes (RFC 8032): 64 bytes. */
export function signed(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign(null, bytes, key);
}

/** The same key's signature as `ssh-keygen -Y verify` reads it (OpenSSH, PROTOCOL.sshsig). */
export function sshSigned(bytes: Uint8Array, key: KeyObject): string {
  const hash = createHash("sha512").update(bytes).digest();
  const [magic, namespace] = [Buffer.from("SSHSIG"), string(SSH_NAMESPACE)];
  const terms = Buffer.concat([namespace, string(""), string("sha512")]);
  const signature = sign(null, Buffer.concat([magic, terms, string(hash)]), key);
  const version = Buffer.from([0, 0, 0, 1]);
  const named = Buffer.concat([string("ssh-ed25519"), string(signature)]);
  const blob = Buffer.concat([magic, version, string(sshKey(key)), terms, string(named)]);
  const lines = blob.toString("base64").match(/.{1,70}/g)!.join("\n");
  return `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
}

/** The public key as a line of OpenSSH's files holds it, base64 without its kind. */
export function sshKeyText(key: KeyObject): string {
  return sshKey(key).toString("base64");
}

function sshKey(key: KeyObject): Buffer {
  return Buffer.concat([string("ssh-ed25519"), string(Buffer.from(keyText(key), "base64"))]);
}

/** A length of four bytes, then the bytes (RFC 4251, section 5). */
function string(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
