// Where the vault's key comes from: a variable, or a file that the environment does not show.

import type { GivenKey } from "../../engine/vault/open.ts";
import { SettingsError } from "./load.ts";
import { readSecretFile, type SecretFile } from "./secret-file.ts";

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
  let found: SecretFile;
  try {
    found = readSecretFile(path);
  } catch (error) {
    const { message } = error as Error;
    const form = message === "must be text"
      ? ": a passphrase, or hex:… or base64:… of 32 bytes"
      : "";
    throw new SettingsError([`${from}: ${message}${form}`]);
  }
  return {
    text: found.text,
    from,
    ...(found.file !== undefined && { file: found.file }),
    warnings: found.open ? [`${from}: others may read the vault's key: chmod 600 ${path}`] : [],
  };
}
