// How a database is brought to the newest layout, and which databases are refused.

import { createHash } from "node:crypto";
import { OpcodeError } from "../../../core/errors.ts";
import { type Migration, MIGRATIONS } from "./migrations.ts";
import { LOCK, LOCKS } from "./names.ts";
import type { Session } from "./session.ts";

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

/** The oldest server whose statements these are. */
const LEAST_VERSION = 14;

/**
 * Applies what the database lacks, in one transaction, while all others who start wait. STORE_ERROR,
 * with nothing changed, when the server or the database cannot be used.
 */
export async function migrate(session: Session, migrations = MIGRATIONS): Promise<void> {
  await checkServer(session);
  // Looked at first: whoever may only write rows can start once the tables are there.
  if (isCurrent(await appliedOf(session), migrations)) return;
  await session.run("BEGIN");
  try {
    await session.run(`SELECT pg_advisory_xact_lock(${LOCKS}, ${LOCK.migration})`);
    const applied = await appliedOf(session);
    if (applied === null) await refuseOccupied(session);
    if (!isCurrent(applied, migrations)) await apply(session, applied ?? [], migrations);
    await session.run("COMMIT");
  } catch (error) {
    await session.run("ROLLBACK").catch(() => {});
    throw error;
  }
}

async function apply(
  session: Session,
  applied: readonly Applied[],
  migrations: readonly Migration[],
): Promise<void> {
  await session.run(
    `CREATE TABLE IF NOT EXISTS schema_migrations (
      version bigint PRIMARY KEY, name text NOT NULL, checksum text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
  );
  for (const migration of migrations.slice(applied.length)) {
    for (const statement of migration.statements) await session.run(statement);
    await session.ask(
      "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
      [migration.version, migration.name, checksumOf(migration)],
    );
  }
}

/** What has been applied; null when there is nothing of ours. */
async function appliedOf(session: Session): Promise<Applied[] | null> {
  const [there] = await session.rows(
    "SELECT to_regclass('schema_migrations') IS NOT NULL AS there",
  );
  if (there!.there === 0) return null;
  try {
    const sql = "SELECT version, name, checksum FROM schema_migrations ORDER BY version";
    return await session.rows(sql) as unknown as Applied[];
  } catch (error) {
    if ((error as { code?: string }).code !== "42703") throw error;
    throw foreign("has a table schema_migrations that is not opcode's");
  }
}

/** Whether nothing is to be done. Throws for a database that this program must not touch. */
function isCurrent(applied: Applied[] | null, migrations: readonly Migration[]): boolean {
  for (const [i, row] of (applied ?? []).entries()) {
    const known = migrations.find(({ version }) => version === row.version);
    if (known === undefined) {
      throw refusal(
        `the database has layout version ${row.version} (${row.name}), this program knows ` +
          `versions up to ${migrations.length}: use a newer opcode`,
      );
    }
    if (row.version !== i + 1 || checksumOf(known) !== row.checksum) {
      throw refusal(
        `layout version ${row.version} (${row.name}) of the database was made by other ` +
          `statements than this program's: it belongs to another build of opcode`,
      );
    }
  }
  return applied?.length === migrations.length;
}

/** A name of ours that is taken belongs to somebody else. */
async function refuseOccupied(session: Session): Promise<void> {
  const [row] = await session.rows(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace(current_schema())
       AND relname IN ('runs', 'events', 'steps', 'nodes', 'agents', 'templates', 'secrets')
     ORDER BY relname LIMIT 1`,
  );
  if (row !== undefined) throw foreign(`has a table ${row.name} that is not opcode's`);
}

/** The layout that there is; null when there is none. Throws for one that this program must not touch. */
export async function checkLayout(session: Session): Promise<number | null> {
  const applied = await appliedOf(session);
  if (applied === null) return null;
  isCurrent(applied, MIGRATIONS);
  return applied.length;
}

/** Throws for a server that cannot be used. */
export async function checkServer(session: Session): Promise<void> {
  const [row] = await session.rows(
    `SELECT CAST(current_setting('server_version_num') AS int) AS version,
       pg_is_in_recovery() AS standby, current_setting('server_encoding') AS encoding,
       current_schema() AS schema`,
  );
  const { version, standby, encoding, schema } = row!;
  if (version < LEAST_VERSION * 10_000) {
    throw refusal(
      `the server is PostgreSQL ${
        Math.floor(version / 10_000)
      }, opcode needs ${LEAST_VERSION} or newer`,
    );
  }
  if (standby === 1) {
    throw refusal("the server is a standby, which can only be read: name the primary in store_url");
  }
  if (encoding !== "UTF8") {
    throw refusal(
      `the database has the encoding ${encoding}, opcode needs UTF8: create another one`,
    );
  }
  if (schema === null) {
    throw refusal("no schema of the user's search_path is there: create it, or set search_path");
  }
}

function foreign(what: string): OpcodeError {
  return refusal(`the database ${what}: create one for opcode alone`);
}

function refusal(message: string): OpcodeError {
  return new OpcodeError("STORE_ERROR", message);
}

function checksumOf(migration: Migration): string {
  return createHash("sha256").update(migration.statements.join("\0")).digest("hex");
}
