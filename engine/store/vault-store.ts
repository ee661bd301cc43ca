// What a store must keep for the vault: encrypted values, and how their key is derived.

import type { Keyring } from "../vault/keyring.ts";
import type { Recipe } from "../vault/key.ts";

/** The one row about the vault itself. */
export interface VaultMeta extends Recipe {
  /** A known text under the vault's key: whether it opens tells whether a key is the right one. */
  canary: Uint8Array;
  createdAt: number;
  /** When the vault got its present key. */
  keyedAt: number;
}

export interface SecretRow {
  name: string;
  /** Encrypted. */
  value: Uint8Array;
  createdAt: number;
  updatedAt: number;
}

export interface StoredVault {
  /** Null before the vault has got its first key. */
  meta: VaultMeta | null;
  /** By name. */
  secrets: SecretRow[];
}

/** A new key for all that is encrypted. */
export interface Rekey {
  from: Keyring;
  to: Uint8Array;
  /** The row that goes with the new key. */
  meta: VaultMeta;
}

/** Each write is one transaction, and resolves once it is durable. STORE_ERROR when it failed. */
export interface VaultStore {
  readVault(): Promise<StoredVault>;
  /**
   * Another number than before as soon as anything has changed of what `readVault` answers, whoever has
   * changed it. Absent where no other process may.
   */
  readonly vaultRevision?: () => Promise<number>;
  /** Stores the first row about the vault; false, with nothing changed, when there is one. */
  createVault(meta: VaultMeta): Promise<boolean>;
  /** Adds a secret, or replaces its value and keeps its `createdAt`. */
  putSecret(row: SecretRow): Promise<void>;
  deleteSecret(name: string): Promise<void>;
  /**
   * Encrypts all that is under the vault's key anew. Returns null, or, with nothing changed, the
   * name of a secret that cannot be opened. No commit comes between it and `adopt`, which is called
   * once it is durable: what a commit seals is under the key that the rows have. CONFLICT, with nothing
   * changed, while other processes are at work on the data: what they seal would be under the former key.
   */
  rekey(change: Rekey, adopt: () => void): Promise<string | null>;
}
