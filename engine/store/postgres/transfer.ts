// How the data of a server are looked at and moved: by one node, which keeps all others out meanwhile.

import { hostname } from "node:os";
import { OpcodeError } from "../../../core/errors.ts";
import {
  HALF_MOVED,
  halfMoved,
  lastKey,
  MARK_HALF_MOVED,
  movedRows,
  rowCounts,
} from "../sql/moved-rows.ts";
import type { Reading } from "../sql/reading.ts";
import { Source } from "../sql/source.ts";
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
import type { MovedKeys } from "../key-store.ts";
import { POSTGRES } from "./dialect.ts";
import { connectError, storeError } from "./fault.ts";
import { Keeper } from "./keeper.ts";
import { readKey, writeKey } from "./keys.ts";
import { checkLayout, checkServer, migrate } from "./migrate.ts";
import { CLEAR, movedArrays, NUMBER_ON, ROOTS, upserted } from "./moved-statements.ts";
import { alive, Fenced, leave, type NodeKey, register, STAY } from "./node.ts";
import { connected, refusePooler } from "./open.ts";
import { drive } from "./readers.ts";
import type { Session } from "./session.ts";
import { isLocal, type ServerAddress } from "./url.ts";

const SOURCE = new Source(POSTGRES);

export interface TransferOptions {
  address: ServerAddress;
  /** Of the data directory, and of this program; only asked for where the data are not only looked at. */
  node(): { instance: string; version: string };
}

export async function openTransfer(
  { address, node }: TransferOptions,
  use: TransferUse,
): Promise<Transfer> {
  const session = await connected(address);
  const opened = [session];
  try {
    if (use === "look") {
      await checkServer(session);
      return new PostgresTransfer(session, { address, node: null });
    }
    await migrate(session);
    const second = await connected(address);
    opened.push(second);
    await refusePooler(session, second);
    const key = await register(session, { ...node(), shared: false, isMoving: true });
    const held = { key, isFenced: false, keeper: null as Keeper | null };
    const onFenced = () => held.isFenced = true;
    held.keeper = new Keeper(second, {
      node: key,
      connect: () => connected(address),
      onFenced,
      // A statement that finds no server ends the move.
      health: { away: false },
    });
    return new PostgresTransfer(session, { address, node: held });
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw connectError(error, address);
  }
}

/** The row that keeps others out. */
interface Held {
  key: NodeKey;
  isFenced: boolean;
  keeper: Keeper | null;
}

class PostgresTransfer implements Transfer {
  readonly id: string;
  readonly #session: Session;
  /** Null for one that only looks. */
  readonly #node: Held | null;

  constructor(session: Session, { address, node }: { address: ServerAddress; node: Held | null }) {
    const { host, port, database } = address;
    const machine = isLocal(host) ? ` on ${hostname()}` : "";
    this.id = `the database ${database} at ${host}:${port}${machine}`;
    this.#session = session;
    this.#node = node;
  }

  facts(): Promise<StoreFacts> {
    return this.#tried(async () => {
      const layout = await checkLayout(this.#session);
      if (layout === null) {
        const rows = Object.fromEntries(MOVED.map(({ name }) => [name, 0]));
        return { layout, rows, bytes: 0, half: null };
      }
      const [row] = await this.#session.rows(
        `SELECT CAST(sum(pg_total_relation_size(oid)) AS bigint) AS bytes,
           to_regclass('${HALF_MOVED}') IS NOT NULL AS half
         FROM pg_class WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r'`,
      );
      return {
        layout,
        rows: await this.#ask(rowCounts(SOURCE, MOVED)),
        bytes: row!.bytes,
        half: row!.half === 1 ? await this.#ask(halfMoved(SOURCE)) : null,
      };
    });
  }

  workers(): Promise<string[]> {
    return this.#tried(async () => {
      if (await checkLayout(this.#session) === null) return [];
      return (await alive(this.#session)).map(({ host, pid, version }) =>
        `process ${pid} on ${host} (${version})`
      );
    });
  }

  read(table: MovedTable, page: Page): Promise<MovedRow[]> {
    return this.#tried(() => this.#ask(movedRows(SOURCE, table, page)));
  }

  last(table: MovedTable): Promise<MovedKey | null> {
    return this.#tried(() => this.#ask(lastKey(SOURCE, table)));
  }

  write(table: MovedTable, rows: readonly MovedRow[]): Promise<void> {
    const arrays = movedArrays(table, rows);
    return this.#transaction((session) => [session.ask(upserted(table), arrays)]);
  }

  begin({ source, stamp }: HalfMoved): Promise<void> {
    return this.#transaction((session) => [
      ...MARK_HALF_MOVED.map((sql) => session.run(sql)),
      session.run(CLEAR),
      session.ask(`INSERT INTO ${HALF_MOVED} VALUES ($1, $2)`, [source, stamp]),
    ]);
  }

  readonly keys: MovedKeys = {
    read: (name) => this.#tried(() => readKey(this.#session, name)),
    write: (name, key) => this.#transaction((session) => [writeKey(session, name, key)]),
  };

  async finish(): Promise<void> {
    await this.#transaction((session) => [
      session.run(ROOTS),
      ...NUMBER_ON.map((sql) => session.run(sql)),
      session.run(`DROP TABLE ${HALF_MOVED}`),
    ]);
    // The planner would take the tables for empty until the server came by.
    await this.#tried(() => this.#session.run("ANALYZE"));
  }

  async close(): Promise<void> {
    const { keeper, key, isFenced } = this.#node ?? {};
    await keeper?.close();
    if (key !== undefined && !isFenced) await leave(this.#session, key).catch(() => {});
    await this.#session.close();
  }

  #ask<T>(reading: Reading<T>): Promise<T> {
    if (this.#node?.isFenced) throw new Fenced();
    return drive(this.#session, reading);
  }

  /** All that `send` sends, as long as the node's row is there, or nothing. */
  #transaction(send: (session: Session) => Promise<unknown>[]): Promise<void> {
    const session = this.#session;
    return this.#tried(async () => {
      const sent = [
        session.run("BEGIN"),
        session.ask(STAY, [this.#node!.key.no, this.#node!.key.incarnation]),
        ...send(session),
        session.run("COMMIT"),
      ];
      const answers = await Promise.allSettled(sent);
      for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
    });
  }

  async #tried<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof OpcodeError ? error : storeError(error);
    }
  }
}
