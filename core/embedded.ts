// What the single binary carries in itself, by name; where the sources run there is nothing of the kind.

import { zstdDecompressSync } from "node:zlib";

const sea = process.getBuiltinModule?.("node:sea");

/** Whether this process is the single binary. */
export const IS_BINARY = sea?.isSea?.() ?? false;

/** The bytes of that name, which may only be read; undefined where the sources run. */
export function embedded(name: string): Uint8Array<ArrayBuffer> | undefined {
  return IS_BINARY ? new Uint8Array(sea!.getRawAsset(name) as ArrayBuffer) : undefined;
}

/** The bytes of what is there compressed: what most starts do not need takes memory of none. */
export function unpacked(name: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = embedded(`${name}.zst`);
  return bytes && new Uint8Array(zstdDecompressSync(bytes));
}

/** The bytes of what may not be there in the binary either. */
export function embeddedIfAny(name: string): Uint8Array<ArrayBuffer> | undefined {
  return embeddedNames().includes(name) ? embedded(name) : undefined;
}

/** The names of all that it carries. */
export function embeddedNames(): readonly string[] {
  return IS_BINARY ? sea!.getAssetKeys() : [];
}

/** The text of that name, which the build has seen to be ASCII. */
export function embeddedText(name: string): string {
  const { buffer, byteOffset, byteLength } = embedded(name)!;
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
