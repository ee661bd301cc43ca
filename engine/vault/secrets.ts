// How the engine asks for the value of a secret.

import { locked } from "./errors.ts";

/** Answers from memory, so that a step's params resolve within one turn of its run. */
export interface Secrets {
  /**
   * The value of a secret, as text. Throws VAULT_ERROR when the vault is locked or the stored value
   * cannot be opened, and INTERPOLATION_ERROR caused by NOT_FOUND when there is no such secret. Both
   * name the secret, never its value, and say `details.retryable: false`.
   */
  resolve(name: string): string;
}

/** What an engine has that was given no vault. */
export const noSecrets: Secrets = {
  resolve(name) {
    throw locked(`secrets.${name}`, { key: name });
  },
};
