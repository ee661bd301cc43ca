// How the vault's rows change: each change one transaction, and nothing of the old value left behind.

import { type Resealer, resealer } from "../../vault/reseal.ts";
import type { Rekey, SecretRow, VaultMeta } from "../vault-store.ts";
import type { Value } from "../sql/lists.ts";
import { placing } from "../sql/unroll.ts";
import { columnsOf, numberOf, SECRETS, VAULT_META } from "../tables.ts";
import type { Connection } from "./connection.ts";
import { MultiRow } from "./multi-row.ts";
import { inserted } from "./statements.ts";
import type { Writer } from "./writer.ts";

const SEALS_A_PAGE = 100;

interface SealOfRun {
  runNo: number;
  slot: string;
  blob: ArrayBuffer;
  id: string;
}

const secret = columnsOf(SECRETS);
const placeSecret = placing<SecretRow>(secret);

/** The only row. */
const NO = 1;
const meta = [numberOf(VAULT_META), ...columnsOf(VAULT_META)];
const placeMeta = placing<VaultMeta>(meta.slice(1), meta);

export class VaultWriter {
  readonly #connection: Connection;
  readonly #writer: Writer;
  readonly #secrets: MultiRow;
  readonly #meta: MultiRow;

  constructor(connection: Connection, writer: Writer) {
    this.#connection = connection;
    this.#writer = writer;
    this.#secrets = new MultiRow(
      connection,
      secret.length,
      (values) =>
        `${inserted(SECRETS).sql(values)} ON CONFLICT (key) DO UPDATE
           SET value = excluded.value, updated_at = excluded.updated_at`,
    );
    const { sql } = inserted(VAULT_META, { verb: "REPLACE", columns: meta });
    this.#meta = new MultiRow(connection, meta.length, sql);
  }

  createVault(meta: VaultMeta): boolean {
    const there = this.#connection.prepare("SELECT 1 FROM vault_meta").all([]).length > 0;
    if (!there) this.#write(() => this.#putMeta(meta));
    return !there;
  }

  putSecret(row: SecretRow): null {
    const values: Value[] = [];
    placeSecret(values, 0, row, []);
    this.#write(() => this.#secrets.run(values));
    return null;
  }

  deleteSecret(name: string): null {
    this.#write(() => this.#run("DELETE FROM secrets WHERE key = ?", [name]));
    return null;
  }

  /** The name of the first secret that does not open, with nothing written; null when all did. */
  rekey({ from, to, meta }: Rekey): string | null {
    const reseal = resealer({ from, to });
    let broken: string | null = null;
    this.#write(() => {
      this.#putMeta(meta);
      broken = this.#rewriteSecrets(reseal);
      if (broken !== null) return false;
      this.#rewriteSeals(reseal);
    });
    if (broken === null) this.#forgetLog();
    return broken;
  }

  #rewriteSecrets(reseal: Resealer): string | null {
    const rows = this.#connection.prepare("SELECT key, value FROM secrets").all([]) as {
      key: string;
      value: ArrayBuffer;
    }[];
    for (const { key, value } of rows) {
      const again = reseal.secret(key, new Uint8Array(value));
      if (again === null) return key;
      this.#run("UPDATE secrets SET value = ? WHERE key = ?", [again, key]);
    }
    return null;
  }

  /** Page by page: there may be many. One that does not open is as unreadable as it was before. */
  #rewriteSeals(reseal: Resealer): void {
    const page = this.#connection.prepare(
      `SELECT s.run_no AS runNo, s.slot, s.blob, r.id FROM seals s JOIN runs r ON r.run_no = s.run_no
       WHERE (s.run_no, s.slot) > (?, ?) ORDER BY s.run_no, s.slot LIMIT ${SEALS_A_PAGE}`,
    );
    let rows: SealOfRun[];
    let after: [number, string] = [0, ""];
    do {
      rows = page.all(after) as SealOfRun[];
      for (const { runNo, slot, blob, id } of rows) {
        after = [runNo, slot];
        const again = reseal.sealed({ runId: id, slot }, new Uint8Array(blob));
        if (again === null) continue;
        const sql = "UPDATE seals SET blob = ? WHERE run_no = ? AND slot = ?";
        this.#run(sql, [again, runNo, slot]);
      }
    } while (rows.length > 0);
  }

  /** What was under the former key leaves the log, too; a busy reader puts that off, no more. */
  #forgetLog(): void {
    try {
      this.#connection.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // The new key is in force whatever becomes of the log.
    }
  }

  #putMeta(row: VaultMeta): void {
    const values: Value[] = [NO];
    placeMeta(values, 0, row, []);
    this.#meta.run(values);
  }

  /** Rolls back when `change` returns false, or throws. */
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
