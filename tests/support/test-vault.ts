// A vault for engine tests: secrets in a map, real encryption, and a lock that can be turned.

import { randomBytes } from "node:crypto";
import { openBlob, sealBlob } from "../../engine/vault/blob.ts";
import { locked, noSecret } from "../../engine/vault/errors.ts";
import type { Sealer } from "../../engine/vault/sealer.ts";
import type { Secrets, VaultState } from "../../engine/vault/secrets.ts";

export class TestVault implements Secrets, Sealer {
  readonly secrets: Map<string, string>;
  isLocked = false;
  /** Whether it says that it has never had a key. */
  isNew = false;
  readonly #key = randomBytes(32);

  constructor(secrets: Record<string, string>) {
    this.secrets = new Map(Object.entries(secrets));
  }

  get state(): VaultState {
    return this.isNew ? "new" : this.isLocked ? "locked" : "unlocked";
  }

  has(name: string): boolean {
    return this.secrets.has(name);
  }

  resolve(name: string): string {
    if (this.isLocked) throw locked(`secrets.${name}`, { key: name });
    const value = this.secrets.get(name);
    if (value === undefined) throw noSecret(name);
    return value;
  }

  seal(plaintext: Uint8Array, aad: string): Uint8Array {
    if (this.isLocked) throw locked("sealing");
    return sealBlob(this.#key, plaintext, aad);
  }

  open(blob: Uint8Array, aad: string): Uint8Array {
    if (this.isLocked) throw locked("a value that holds secrets");
    const opened = openBlob(this.#key, blob, aad);
    if (!opened) throw new Error(`this blob is not ${aad}`);
    return opened;
  }
}
