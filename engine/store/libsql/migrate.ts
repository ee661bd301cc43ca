// How a database file is brought to the newest layout, and which files are refused.

import { createHash } from "node:crypto";
import type { Connection } from "./connection.ts";
import type { Migration } from "./migrations.ts";

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

/**
 * Applies the migrations that the file lacks, each in a transaction with its bookkeeping row.
 * Throws, changing nothing, when the file is newer than the program or was made by other
 * statements under the same number.
 */
export function migrate(connection: Connection, migrations: readonly Migration[], now: number) {
  connection.exec(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
      version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL,
      applied_at INTEGER NOT NULL
    )`,
  );
  const applied = connection.prepare(
    "SELECT version, name, checksum FROM schema_migrations ORDER BY version",
  ).all([]) as Applied[];
  refuseForeign(applied, migrations);
  for (const migration of migrations.slice(applied.length)) {
    connection.exec("BEGIN IMMEDIATE");
    try {
      for (const statement of migration.statements) connection.exec(statement);
      connection.prepare(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
      ).run([migration.version, migration.name, checksumOf(migration), now]);
      connection.exec("COMMIT");
    } catch (error) {
      if (connection.inTransaction) connection.exec("ROLLBACK");
      throw error;
    }
  }
}

/** Throws for a database of a newer program, or of another build of this one; changes nothing. */
export function checkLayout(connection: Connection, migrations: readonly Migration[]): void {
  const sql = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
  refuseForeign(connection.prepare(sql).all([]) as Applied[], migrations);
}

function refuseForeign(applied: Applied[], migrations: readonly Migration[]): void {
  for (const [i, row] of applied.entries()) {
    const known = migrations.find((migration) => migration.version === row.version);
    if (known === undefined) {
      throw new Error(
        `the database has layout version ${row.version} (${row.name}), this program knows ` +
          `versions up to ${migrations.length}: use a newer opcode`,
      );
    }
    if (row.version !== i + 1) {
      throw new Error(
        `layout version ${i + 1} of the database is missing from its own bookkeeping, which has ` +
          `version ${row.version} there: put a backup in its place`,
      );
    }
    if (checksumOf(known) !== row.checksum) {
      throw new Error(
        `layout version ${row.version} (${row.name}) of the database was made by other ` +
          `statements than this program's: it belongs to another build of opcode`,
      );
    }
  }
}

function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.statements.join("\0")).digest("hex");
}
