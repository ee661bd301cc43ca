// How the data of a database file are looked at and moved: by a connection of this thread, page by page.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import Database from "libsql";
import { OpcodeError } from "../../../core/errors.ts";
import { COMPOSED } from "../composed.ts";
import { HALF_MOVED, lastKey, MARK_HALF_MOVED, movedRows, rowCounts } from "../sql/moved-rows.ts";
import { type Reading, runNow } from "../sql/reading.ts";
import { Source } from "../sql/source.ts";
import { BLOB_LENGTH } from "../sql/unroll.ts";
import {
  type HalfMoved,
  MOVED,
  type MovedKey,
  type MovedRow,
  type MovedTable,
  type Page,
  type StoreFacts,
  type Transfer,
  type TransferUse,
} from "../transfer.ts";
import { type Connection, openWriter } from "./connection.ts";
import { LIBSQL } from "./dialect.ts";
import { explainOpening, refuseLostDatabase } from "./explain.ts";
import { refuseForeign } from "./foreign.ts";
import { halfMovedIn, hasTable } from "./half-moved.ts";
import { acquireLock, realDatabasePath } from "./lock.ts";
import { checkLayout, migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations.ts";
import { MultiRow } from "./multi-row.ts";
import { Queries } from "./queries.ts";
import { databaseSizes } from "./sizes.ts";

const SOURCE = new Source(LIBSQL);

/** `now`: epoch ms, when the layout is brought up to date. */
export function openTransfer(path: string, use: TransferUse, now: number): Transfer {
  try {
    return new LibsqlTransfer(path, use === "look" ? openLooking(path) : openWhole(path, now));
  } catch (error) {
    throw new OpcodeError("STORE_ERROR", explainOpening(error, path), { cause: error });
  }
}

/** Null where there is no database. */
function openLooking(path: string): Connection | null {
  if (!existsSync(path)) return null;
  const connection = new Database(path);
  try {
    connection.exec("PRAGMA busy_timeout = 5000");
    connection.exec("PRAGMA query_only = 1");
    refuseForeign(connection);
    if (hasTable(connection, "schema_migrations")) checkLayout(connection, MIGRATIONS);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function openWhole(path: string, now: number): Connection {
  refuseLostDatabase(path);
  const connection = openWriter(path, "full");
  try {
    migrate(connection, MIGRATIONS, now);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

class LibsqlTransfer implements Transfer {
  readonly id: string;
  readonly #path: string;
  /** Null where there is no database to look at. */
  readonly #connection: Connection | null;
  readonly #queries: Queries | null;
  readonly #writers = new Map<string, MultiRow>();

  constructor(path: string, connection: Connection | null) {
    this.#path = path;
    this.id = `${existsSync(path) ? realDatabasePath(path) : path} on ${hostname()}`;
    this.#connection = connection;
    this.#queries = connection === null ? null : new Queries(connection);
  }

  async facts(): Promise<StoreFacts> {
    const connection = this.#connection;
    const none = Object.fromEntries(MOVED.map(({ name }) => [name, 0]));
    if (connection === null || !hasTable(connection, "schema_migrations")) {
      return { layout: null, rows: none, bytes: 0, half: null };
    }
    const { data, log } = await databaseSizes(this.#path);
    // An older layout does not have all of them.
    const tables = MOVED.filter(({ name }) => hasTable(connection, name));
    const [{ layout }] = this.#queries!.rows(
      "SELECT max(version) AS layout FROM schema_migrations",
    ) as [{ layout: number }];
    return {
      layout,
      rows: { ...none, ...this.#ask(rowCounts(SOURCE, tables)) },
      bytes: data + log,
      half: halfMovedIn(connection),
    };
  }

  workers(): Promise<string[]> {
    if (!existsSync(`${this.#path}.lock`)) return Promise.resolve([]);
    try {
      acquireLock(this.#path).release();
      return Promise.resolve([]);
    } catch (error) {
      if ((error as OpcodeError).code !== "CONFLICT") return Promise.reject(error as Error);
      return Promise.resolve([`the process that holds ${this.#path}.lock`]);
    }
  }

  read(table: MovedTable, page: Page): Promise<MovedRow[]> {
    return this.#tried(() => this.#ask(movedRows(SOURCE, table, page)));
  }

  last(table: MovedTable): Promise<MovedKey | null> {
    return this.#tried(() => this.#ask(lastKey(SOURCE, table)));
  }

  write(table: MovedTable, rows: readonly MovedRow[]): Promise<void> {
    return this.#transaction(() => this.#writerOf(table).run(this.#stored(table, rows)));
  }

  begin({ source, stamp }: HalfMoved): Promise<void> {
    return this.#transaction((connection) => {
      for (const sql of MARK_HALF_MOVED) connection.exec(sql);
      for (const { name } of MOVED) connection.exec(`DELETE FROM ${name}`);
      connection.exec("DELETE FROM blobs");
      connection.prepare(`INSERT INTO ${HALF_MOVED} VALUES (?, ?)`).run([source, stamp]);
    });
  }

  /** What is numbered goes on after the highest number by itself. */
  async finish(): Promise<void> {
    await this.#transaction((connection) => connection.exec(`DROP TABLE ${HALF_MOVED}`));
    // The file alone is all of it.
    await this.#tried(() => this.#connection!.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
  }

  close(): Promise<void> {
    this.#connection?.close();
    return Promise.resolve();
  }

  #ask<T>(reading: Reading<T>): T {
    return runNow(reading, ({ sql, values }) => this.#queries!.rows(sql, values));
  }

  #transaction(work: (connection: Connection) => void): Promise<void> {
    const connection = this.#connection!;
    return this.#tried(() => {
      connection.exec("BEGIN IMMEDIATE");
      try {
        work(connection);
        connection.exec("COMMIT");
      } finally {
        if (connection.inTransaction) connection.exec("ROLLBACK");
      }
    });
  }

  async #tried<T>(work: () => T): Promise<T> {
    try {
      return await Promise.resolve(work());
    } catch (error) {
      throw new OpcodeError("STORE_ERROR", explainOpening(error, this.#path), { cause: error });
    }
  }

  #writerOf({ name, columns }: MovedTable): MultiRow {
    let writer = this.#writers.get(name);
    if (writer === undefined) {
      const columnNames = columns.map((column) => column.name).join(", ");
      const sql = (values: string) => `REPLACE INTO ${name} (${columnNames}) VALUES ${values}`;
      writer = new MultiRow(this.#connection!, columns.length, sql);
      this.#writers.set(name, writer);
    }
    return writer;
  }

  /** The values one row after the other, as a commit of the store would have them. */
  #stored({ columns }: MovedTable, rows: readonly MovedRow[]): MovedRow {
    return rows.flatMap((row) =>
      row.map((value, i) =>
        columns[i]!.column.kind === "content" && typeof value === "string"
          ? this.#content(value)
          : value
      )
    );
  }

  #content(text: string): string | Uint8Array {
    if (text.startsWith(COMPOSED)) return Buffer.from(text.slice(COMPOSED.length));
    if (text.length <= BLOB_LENGTH) return text;
    const hash = createHash("sha256").update(text).digest();
    const sql = "INSERT OR IGNORE INTO blobs (sha256, content) VALUES (?, ?)";
    this.#connection!.prepare(sql).run([hash, text]);
    return hash;
  }
}
