// A fresh database for a test: on the server that all tests share, or on one that this process starts.

import { after } from "node:test";
import { randomBytes } from "node:crypto";
import { Session } from "../../engine/store/postgres/session.ts";
import { serverAddress } from "../../engine/store/postgres/url.ts";
import { type PostgresServer, startPostgres } from "./postgres-server.ts";
import { databaseUrl, SHARED_SERVER } from "./store-env.ts";

let own: Promise<PostgresServer> | null = null;

/** The directory of a server's socket. */
async function socket(): Promise<string> {
  const shared = process.env[SHARED_SERVER];
  if (shared) return shared;
  own ??= startPostgres();
  return (await own).socket;
}

after(async () => await (await own)?.stop());

/** Whoever was cut off may have a statement under way there that has locked some of the tables. */
const CUT = `SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type = 'client backend'`;

/** Nobody is connected by then. */
const RESET = `DO $$ BEGIN
  IF to_regclass('schema_migrations') IS NOT NULL THEN
    EXECUTE (SELECT 'TRUNCATE ' || string_agg(relname, ', ') || ' RESTART IDENTITY' FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname <> 'schema_migrations');
    ALTER SEQUENCE event_ids RESTART;
    ALTER SEQUENCE run_nos RESTART;
  END IF;
END $$`;

export interface TestDatabase {
  name: string;
  url: string;
  /** Asks the database. */
  rows(sql: string): Promise<Record<string, any>[]>;
  /** Ends what is connected to it, and waits until it is gone. */
  cut(): Promise<void>;
  /** Empties all tables and begins to count anew, as if it had just been made: far cheaper than another. */
  reset(): Promise<void>;
  /** Removes it, and cuts whoever is connected to it. */
  remove(): Promise<void>;
  /** Asks the server's own database, as its superuser. */
  admin(sql: string): Promise<Record<string, any>[]>;
}

/** What a node that crashed has sent the server goes on with, for a moment: it would be in the way. */
const OTHERS_OUT = `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'opcode'`;

export async function postgresDatabase(): Promise<TestDatabase> {
  const directory = await socket();
  const urlOf = (name: string) => databaseUrl(directory, name);
  const ask = async (database: string, sql: string) => {
    const session = await Session.open(serverAddress(urlOf(database)), "opcode tests");
    try {
      return (await session.run(sql)).rows;
    } finally {
      await session.close();
    }
  };
  const admin = (sql: string) => ask("postgres", sql);
  const name = `t${randomBytes(6).toString("hex")}`;
  await admin(`CREATE DATABASE ${name}`);
  return {
    name,
    url: urlOf(name),
    rows: (sql) => ask(name, sql),
    admin,
    async cut() {
      await ask(name, OTHERS_OUT);
    },
    async reset() {
      await ask(name, CUT);
      await ask(name, RESET);
    },
    async remove() {
      await admin(`DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}
