// How the vault's rows change: each change one transaction, and nothing of the old value left behind.

import { openSecret } from "../../vault/keyring.ts";
import { purposes, sealBlob } from "../../vault/blob.ts";
import type { Rekey, SecretRow, VaultMeta } from "../vault-store.ts";
import type { Connection } from "./connection.ts";
import type { Writer } from "./writer.ts";

export class VaultWriter {
  readonly #connection: Connection;
  readonly #writer: Writer;

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#writer = writer;
  }

  createVault(meta: VaultMeta): null {
    this.#write(() => this.#putMeta(meta));
    return null;
  }

  putSecret(row: SecretRow): null {
    this.#write(() => {
      this.#run(
        `INSERT INTO secrets (key, value, created_at, updated_at) VALUES (?, ?, ?, ?)
         ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
        [row.name, row.value, row.createdAt, row.updatedAt],
      );
    });
    return null;
  }

  deleteSecret(name: string): null {
    this.#write(() => this.#run("DELETE FROM secrets WHERE key = ?", [name]));
    return null;
  }

  /** The name of the first secret that does not open, with nothing written; null when all did. */
  rekey({ from, to, meta }: Rekey): string | null {
    let broken: string | null = null;
    this.#write(() => {
      this.#putMeta(meta);
      // Whatever else is kept under the vault's key goes here, too: one transaction for all of it.
      for (const { key, value } of this.#all("SELECT key, value FROM secrets")) {
        const plaintext = openSecret(from, key, new Uint8Array(value));
        if (plaintext === null) {
          broken = key;
          return false;
        }
        this.#run(
          "UPDATE secrets SET value = ? WHERE key = ?",
          [sealBlob(to, plaintext, purposes.secret(key)), key],
        );
      }
    });
    // What was under the former key leaves the log as well.
    if (broken === null) this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    return broken;
  }

  #putMeta({ kdf, iterations, salt, canary, createdAt, keyedAt }: VaultMeta): void {
    this.#run(
      `REPLACE INTO vault_meta (no, kdf, iterations, salt, canary, created_at, keyed_at)
       VALUES (1, ?, ?, ?, ?, ?, ?)`,
      [kdf, iterations, salt, canary, createdAt, keyedAt],
    );
  }

  /** Rolls back when `change` answers false, or throws. */
  #write(change: () => boolean | void): void {
    // What is replaced or deleted is overwritten in the file, not only forgotten.
    this.#connection.exec("PRAGMA secure_delete = ON");
    try {
      this.#writer.transaction(() => change() !== false);
    } finally {
      this.#connection.exec("PRAGMA secure_delete = OFF");
    }
  }

  #run(sql: string, values: (string | number | Uint8Array)[]): void {
    this.#connection.prepare(sql).run(values);
  }

  #all(sql: string): { key: string; value: ArrayBuffer }[] {
    return this.#connection.prepare(sql).all([]) as { key: string; value: ArrayBuffer }[];
  }
}
