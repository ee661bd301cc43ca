// How a daemon's vault is opened at its start: with the key it was given, or locked.

import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Logger } from "../../core/log.ts";
import type { VaultStore } from "../store/vault-store.ts";
import { vaultError } from "./errors.ts";
import { Vault } from "./vault.ts";

/** A vault's key as its owner gave it. */
export interface GivenKey {
  text: string;
  /** Where it was found, for messages: `OPCODE_VAULT_KEY`, or a file. */
  from: string;
}

/**
 * Opens the vault. Without a key it stays locked, and the log says what that means. Throws
 * VAULT_ERROR when the key is not the vault's: a daemon must not run with the wrong one.
 */
export async function openVault(
  options: { store: VaultStore; clock: Clock; key: GivenKey | undefined; log: Logger },
): Promise<Vault> {
  const { key, log } = options;
  const vault = await Vault.read(options);
  const secrets = vault.list().length;
  if (!key) {
    log.warn(
      "no vault key (OPCODE_VAULT_KEY): steps that need a secret fail until " +
        '"opcode secret unlock"',
      { secrets },
    );
    return vault;
  }
  const isNew = vault.state === "new";
  try {
    await vault.unlock(key.text);
  } catch (error) {
    if (!(error instanceof OpcodeError) || error.code !== "VAULT_ERROR") throw error;
    throw vaultError(`${key.from}: ${error.message}`);
  }
  const broken = vault.broken();
  if (broken.length > 0) log.error("secrets that cannot be opened: set them again", { broken });
  log.info(isNew ? "vault made" : "vault unlocked", { secrets });
  return vault;
}
