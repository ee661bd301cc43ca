// What the single binary carries in itself, by name; where the sources run there is nothing of the kind.

const sea = process.getBuiltinModule?.("node:sea");

/** Whether this process is the single binary. */
export const IS_BINARY = sea?.isSea?.() ?? false;

/** The bytes of that name, which may only be read; undefined where the sources run. */
export function embedded(name: string): Uint8Array<ArrayBuffer> | undefined {
  return IS_BINARY ? new Uint8Array(sea!.getRawAsset(name) as ArrayBuffer) : undefined;
}

/** The same for what may not be there in the binary either. */
export function embeddedIfAny(name: string): Uint8Array<ArrayBuffer> | undefined {
  return IS_BINARY && sea!.getAssetKeys().includes(name) ? embedded(name) : undefined;
}

/** The names that begin so. */
export function embeddedNames(begin: string): string[] {
  return IS_BINARY ? sea!.getAssetKeys().filter((name) => name.startsWith(begin)) : [];
}

/** The text of that name, which the build has seen to be ASCII. */
export function embeddedText(name: string): string {
  const { buffer, byteOffset, byteLength } = embedded(name)!;
  return Buffer.from(buffer, byteOffset, byteLength).toString("latin1");
}
