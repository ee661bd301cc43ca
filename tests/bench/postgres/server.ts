// The PostgreSQL server that all share who are measured, and what a run has cost it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processes } from "../../../engine/isolation/processes.ts";
import { Session } from "../../../engine/store/postgres/session.ts";
import { serverAddress } from "../../../engine/store/postgres/url.ts";
import { startPostgres } from "../../support/postgres-server.ts";
import { databaseUrl } from "../../support/store-env.ts";
import { cpuMsOf, cpuMsWithEnded } from "../cpu-time.ts";

/** A backend tells of what it has counted at most this long after it was last busy, ms: fixed by the server. */
const TOLD_MS = 10_500;

/** All is on the disk before it is acknowledged; the rest is what a server of some size is given. */
export const SETTINGS = {
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  checkpoint_timeout: "15min",
  max_connections: "300",
  deadlock_timeout: "1s",
};

export interface ServerCounts {
  /** Bytes of its log. */
  wal: number;
  /** How often it waited for the log to be on the disk. */
  fsyncs: number;
  commits: number;
  /** Rows written, changed or removed. */
  rows: number;
}

export class BenchServer {
  readonly socket: string;
  readonly #pid: number;
  readonly #session: Session;
  readonly #stop: () => Promise<void>;

  private constructor(socket: string, session: Session, stop: () => Promise<void>) {
    this.socket = socket;
    this.#session = session;
    this.#stop = stop;
    this.#pid = parseInt(readFileSync(join(socket, "data/postmaster.pid"), "utf8"));
  }

  static async start(): Promise<BenchServer> {
    const { socket, stop } = await startPostgres(SETTINGS);
    const address = serverAddress(databaseUrl(socket, "postgres"));
    return new BenchServer(socket, await Session.open(address, "opcode bench"), stop);
  }

  async create(database: string): Promise<void> {
    await this.#session.run(`CREATE DATABASE ${database}`);
  }

  async version(): Promise<string> {
    return String((await this.#session.run("SHOW server_version")).rows[0]!.server_version);
  }

  /** CPU time of all its processes so far, of those that have ended too, in ms. */
  cpuMs(): number {
    const backends = processes().filter(({ parent }) => parent === this.#pid);
    const own = cpuMsWithEnded(this.#pid);
    return backends.reduce((total, { pid }) => total + cpuMsOf(pid), own);
  }

  /** Where its log has come to, in bytes. */
  async walBytes(): Promise<number> {
    const { rows } = await this.#session.run(
      "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::int8 AS bytes",
    );
    return Number(rows[0]!.bytes);
  }

  /** Once every backend has told of what it did. */
  async counts(database: string): Promise<ServerCounts> {
    const wal = await this.walBytes();
    await delay(TOLD_MS);
    const { rows } = await this.#session.run(`SELECT
      (SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal')::int8 AS fsyncs,
      xact_commit AS commits, tup_inserted + tup_updated + tup_deleted AS rows
      FROM pg_stat_database WHERE datname = '${database}'`);
    const { fsyncs, commits, rows: written } = rows[0]!;
    return { wal, fsyncs: Number(fsyncs), commits: Number(commits), rows: Number(written) };
  }

  async stop(): Promise<void> {
    // The server's process alone keeps no program alive.
    const kept = setInterval(() => {}, 1_000);
    await this.#session.close();
    await this.#stop();
    clearInterval(kept);
  }
}
