// Where the vault's key comes from: a variable, or a file that the environment does not show.

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { GivenKey } from "../../engine/vault/open.ts";
import { SettingsError } from "./load.ts";
import { filedSecret } from "./secret-file.ts";

export interface VaultKey extends GivenKey {
  /** The file it was read from, absolute. */
  file?: string;
  /** What is odd but does not stop the start. */
  warnings: string[];
}

const VARIABLE = "OPCODE_VAULT_KEY";
const FILE_VARIABLE = "OPCODE_VAULT_KEY_FILE";

/** In the data directory, where somebody has asked for the key to be kept for every start. */
export const VAULT_KEY_FILE = "vault-key";

/**
 * The key in OPCODE_VAULT_KEY, or in the file that OPCODE_VAULT_KEY_FILE names, or in `vault-key` of the
 * data directory `home`, without its last line end; undefined when there is none. Throws SettingsError
 * when both variables are set, or the file has none.
 */
export function readVaultKey(
  env: Partial<Record<string, string>>,
  home?: string,
): VaultKey | undefined {
  const { [VARIABLE]: text, [FILE_VARIABLE]: path } = env;
  if (text && path) throw new SettingsError([`${FILE_VARIABLE}: ${VARIABLE} is set, too`]);
  if (text) return { text, from: VARIABLE, warnings: [] };
  if (path) return inFile(path, `${FILE_VARIABLE} (${path})`);
  const kept = home === undefined ? undefined : join(home, VAULT_KEY_FILE);
  return kept !== undefined && existsSync(kept) ? inFile(kept, kept) : undefined;
}

function inFile(path: string, from: string): VaultKey {
  try {
    return { from, ...filedSecret(path, from, "the vault's key") };
  } catch (error) {
    const { message } = error as Error;
    const form = message === `${from}: must be text`
      ? ": a passphrase, or hex:… or base64:… of 32 bytes"
      : "";
    throw new SettingsError([message + form]);
  }
}
