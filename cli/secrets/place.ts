// Where secrets are kept: by a running daemon, or in its database while none runs.

import type { VaultState } from "../../engine/vault/secrets.ts";
import type { SecretReport } from "../../engine/vault/vault.ts";

export interface SecretPlace {
  /** Whether a daemon keeps them, whose vault may be locked for its workflows. */
  running: boolean;
  /**
   * Rejects where nothing could be stored now, before anybody types what is to be; asks for the key
   * of a vault that no daemon has open. `what`: what is to be stored, for the error.
   */
  ready(what: string): Promise<void>;
  list(): Promise<{ vault: VaultState; secrets: SecretReport[] }>;
  set(name: string, value: string): Promise<{ created: boolean }>;
  delete(name: string): Promise<void>;
  /** Gives the vault its key. */
  unlock(key: string): Promise<void>;
  /** Encrypts everything under another key; returns how many secrets that were. */
  rekey(key: string): Promise<{ secrets: number }>;
}
