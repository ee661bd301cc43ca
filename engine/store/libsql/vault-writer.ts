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
      // All that is kept under the vault's key is renewed here, within one transaction.
      broken = this.#renew({ table: "secrets", id: "key", blob: "value" }, (name, blob) => {
        const plaintext = openSecret(from, name, blob);
        return plaintext && sealBlob(to, plaintext, purposes.secret(name));
      });
      return broken === null;
    });
    if (broken === null) this.#forgetLog();
    return broken;
  }

  /** Replaces every blob of a table; stops at the first that `renew` answers null for: its id. */
  #renew(
    { table, id, blob }: { table: string; id: string; blob: string },
    renew: (id: string, blob: Uint8Array) => Uint8Array | null,
  ): string | null {
    const rows = this.#connection.prepare(`SELECT ${id} AS id, ${blob} AS blob FROM ${table}`)
      .all([]) as { id: string; blob: ArrayBuffer }[];
    const update = this.#connection.prepare(`UPDATE ${table} SET ${blob} = ? WHERE ${id} = ?`);
    for (const row of rows) {
      const renewed = renew(row.id, new Uint8Array(row.blob));
      if (renewed === null) return row.id;
      update.run([renewed, row.id]);
    }
    return null;
  }

  /** What was under the former key leaves the log, too; a busy reader puts that off, no more. */
  #forgetLog(): void {
    try {
      this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The new key is in force whatever becomes of the log.
    }
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
}
