// Where the vault's key comes from: a variable, or a file that the environment does not show.

import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { GivenKey } from "../../engine/vault/open.ts";
import { SettingsError } from "./load.ts";

export interface VaultKey extends GivenKey {
  /** The file it was read from, absolute. */
  file?: string;
  /** What is odd but does not stop the start. */
  warnings: string[];
}

const VARIABLE = "OPCODE_VAULT_KEY";
const FILE_VARIABLE = "OPCODE_VAULT_KEY_FILE";

/**
 * The key in OPCODE_VAULT_KEY, or in the file that OPCODE_VAULT_KEY_FILE names, without its last
 * line end; undefined when neither is set. Throws SettingsError when both are, or the file has none.
 */
export function readVaultKey(env: Partial<Record<string, string>>): VaultKey | undefined {
  const { [VARIABLE]: text, [FILE_VARIABLE]: path } = env;
  if (text && path) throw new SettingsError([`${FILE_VARIABLE}: ${VARIABLE} is set, too`]);
  if (text) return { text, from: VARIABLE, warnings: [] };
  if (!path) return undefined;
  const from = `${FILE_VARIABLE} (${path})`;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new SettingsError([`${from}: cannot be read: ${(error as Error).message}`]);
  }
  const given = textOf(bytes);
  if (given === undefined) {
    throw new SettingsError([
      `${from}: must be text: a passphrase, or hex:… or base64:… of 32 bytes`,
    ]);
  }
  const key = withoutLineEnd(given);
  if (key === "") throw new SettingsError([`${from}: is empty`]);
  const stat = statSync(path);
  // A pipe or terminal is gone once it was read.
  if (!stat.isFile()) return { text: key, from, warnings: [] };
  const open = (stat.mode & 0o077) !== 0;
  return {
    text: key,
    from,
    file: resolve(path),
    warnings: open ? [`${from}: others may read the vault's key: chmod 600 ${path}`] : [],
  };
}

/** The text that bytes are; undefined when they are no UTF-8, which decoding would change. */
export function textOf(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? Buffer.from(bytes).toString() : undefined;
}

/** What an editor or `echo` adds at the end is no part of a key or value. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}
