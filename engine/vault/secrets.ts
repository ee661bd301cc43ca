// What an engine asks of a vault: the value of a secret, and to keep what holds one.

import { locked } from "./errors.ts";
import type { Sealer } from "./sealer.ts";

/** `new`: it has never had a key, and takes the first one it is given. */
export type VaultState = "unlocked" | "locked" | "new";

/**
 * Answers from memory, so that a step's params resolve within one turn of its run; what other processes
 * change is known there a moment later.
 */
export interface Secrets {
  readonly state: VaultState;
  /**
   * The value of a secret, as text. Throws VAULT_ERROR when the vault is locked or the stored value
   * cannot be opened, and INTERPOLATION_ERROR caused by NOT_FOUND when there is no such secret. Both
   * name the secret, never its value, and say `details.retryable: false`.
   */
  resolve(name: string): string;
  /** Whether there is a secret of that name, also while the vault is locked. */
  has(name: string): boolean;
  /** Reads what other processes have changed. */
  refresh?(): Promise<void>;
  /**
   * Until it was looked whether another process has stored a secret that is not known here; null where
   * it is known, or no other process may.
   */
  seek?(name: string): Promise<void> | null;
}

/** What an engine has that was given no vault. */
export const noSecrets: Secrets & Sealer = {
  resolve(name) {
    throw locked(`secrets.${name}`, { key: name });
  },
  state: "locked",
  has: () => false,
  seal() {
    throw locked("a value that holds secrets cannot be kept");
  },
  open() {
    throw locked("a value that holds secrets cannot be read");
  },
};
