// What a release says of itself in its manifest.json: its version, and each of its files by size and hash.

import { parseJson } from "../../core/exact-json.ts";
import { isObject } from "../../core/json.ts";

export const MANIFEST = "manifest.json";
const KIND = "opcode release";

export interface ReleaseFile {
  bytes: number;
  /** Hexadecimal. */
  sha256: string;
}

export interface ReleaseManifest {
  kind: typeof KIND;
  format: 1;
  version: string;
  /** RFC 3339: when the commit was made. */
  released_at: string;
  /** Of the key that signs it: base64 of the 32 bytes of an Ed25519 public key. */
  key: string;
  /** Of the key that will sign later releases too; null while none is meant to. */
  next_key: string | null;
  files: Record<string, ReleaseFile>;
}

export function newManifest(facts: Omit<ReleaseManifest, "kind" | "format">): ReleaseManifest {
  return { kind: KIND, format: 1, ...facts };
}

/** The manifest in the bytes, whoever wrote them; throws what is wrong with it. */
export function parseManifest(bytes: Uint8Array): ReleaseManifest {
  const value = parsed(bytes);
  if (!isObject(value) || value.kind !== KIND) {
    throw new Error(`${MANIFEST} is not the manifest of an opcode release`);
  }
  if (value.format !== 1) {
    throw new Error(
      `${MANIFEST} has a format that this version does not know: get the new one with install.sh`,
    );
  }
  const { version, released_at, key, next_key = null, files } = value;
  const isWhole = [version, released_at, key].every((one) => typeof one === "string") &&
    (next_key === null || typeof next_key === "string") && isObject(files) &&
    Object.values(files).every(isFile);
  if (!isWhole) throw new Error(`${MANIFEST} is not whole`);
  return { ...value, next_key } as unknown as ReleaseManifest;
}

function isFile(value: unknown): boolean {
  return isObject(value) && Number.isSafeInteger(value.bytes) && (value.bytes as number) > 0 &&
    typeof value.sha256 === "string" && /^[0-9a-f]{64}$/.test(value.sha256);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return parseJson(Buffer.from(bytes).toString("utf8"));
  } catch {
    return undefined;
  }
}
