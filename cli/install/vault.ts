// How an installation hands the vault's key over: to the daemon that runs, in memory; into a file only where that is asked for.

import { join } from "node:path";
import type { VaultState } from "../../engine/vault/secrets.ts";
import { makeDirectory } from "../../server/directories.ts";
import { replaceFile } from "../../server/home-files.ts";
import { readSecretFile } from "../../server/settings/secret-file.ts";
import { readVaultKey, VAULT_KEY_FILE } from "../../server/settings/vault-key.ts";
import { createContext } from "../context.ts";
import { printNote } from "../print.ts";
import { daemonPlace } from "../secrets/daemon-place.ts";
import { HiddenInput } from "../secrets/hidden-input.ts";
import { UsageError } from "../usage-error.ts";

export interface KeyFlags {
  vaultKey?: string;
  vaultKeyStdin?: boolean;
  vaultKeyFile?: string;
  saveVaultKey?: boolean;
}

/** The key that was given: by one of the flags, else by the environment. Throws UsageError. */
export async function givenKey(flags: KeyFlags): Promise<string | undefined> {
  const { vaultKey, vaultKeyStdin, vaultKeyFile, saveVaultKey } = flags;
  const ways = [vaultKey, vaultKeyFile, vaultKeyStdin || undefined];
  if (ways.filter((way) => way !== undefined).length > 1) {
    throw new UsageError("--vault-key, --vault-key-file and --vault-key-stdin: give one of them");
  }
  if (vaultKey !== undefined) {
    printNote(
      "--vault-key: everybody on this machine can read it in the list of processes, and a shell " +
        "remembers it: use --vault-key-stdin or --vault-key-file",
    );
    if (vaultKey === "") throw new UsageError("--vault-key: must not be empty");
    return vaultKey;
  }
  if (vaultKeyFile !== undefined) return fromFile(vaultKeyFile);
  if (vaultKeyStdin) return await fromInput();
  const found = readVaultKey(process.env);
  if (found === undefined && saveVaultKey) {
    throw new UsageError("--save-vault-key: there is no key; give it with --vault-key-stdin");
  }
  return found?.text;
}

function fromFile(path: string): string {
  try {
    return readSecretFile(path).text;
  } catch (error) {
    throw new UsageError(`--vault-key-file: ${path} ${(error as Error).message}`);
  }
}

async function fromInput(): Promise<string> {
  const input = new HiddenInput();
  try {
    return await input.key("Passphrase of the vault", { isNew: false });
  } finally {
    input.close();
  }
}

/** Opens the vault of the daemon that runs here; it becomes one of this key where it has none. VAULT_ERROR. */
export async function unlock(key: string): Promise<void> {
  await daemonPlace(createContext({}).client).unlock(key);
}

/** Undefined where the daemon does not say. */
export async function vaultState(): Promise<VaultState | undefined> {
  try {
    return (await daemonPlace(createContext({}).client).list()).vault;
  } catch {
    return undefined;
  }
}

/** Where the key is kept for later starts; for the user alone. */
export function saveKey(home: string, key: string): string {
  const file = join(home, VAULT_KEY_FILE);
  makeDirectory(home, "OPCODE_HOME");
  replaceFile(file, key);
  return file;
}
