// How values that hold secrets are kept in the store beside their masked form.

/** Encrypts with the vault's key (AES-256-GCM). */
export interface Sealer {
  /**
   * The plaintext as a blob that only `open` with the same `aad` (where the blob belongs, such as
   * its run and step) reads. Throws VAULT_ERROR when the vault is locked.
   */
  seal(plaintext: Uint8Array, aad: string): Uint8Array;
  /** Throws VAULT_ERROR when the vault is locked, or the blob is broken or belongs elsewhere. */
  open(blob: Uint8Array, aad: string): Uint8Array;
}
