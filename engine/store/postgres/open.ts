// How a store on a server is opened: the layout first, then this process as a node, then its connections.

import type { OpenOptions } from "../place.ts";
import { OpcodeError } from "../../../core/errors.ts";
import { connectError, unreachable } from "./fault.ts";
import { POSTGRES, sharedPostgres } from "./dialect.ts";
import { Hints } from "./hints.ts";
import { Keeper } from "./keeper.ts";
import { migrate } from "./migrate.ts";
import { Fenced, type NodeOptions, register } from "./node.ts";
import { PostgresStore } from "./postgres-store.ts";
import { openSession } from "./open-session.ts";
import { Readers } from "./readers.ts";
import type { Session } from "./session.ts";
import { TurnWatch } from "./turn-watch.ts";
import type { ServerAddress } from "./url.ts";
import { Writer } from "./writer.ts";

export interface PostgresOptions extends OpenOptions {
  address: ServerAddress;
  node: NodeOptions;
}

/** Opens the store and brings its tables to the newest layout; STORE_ERROR when it cannot. */
export async function openPostgresStore(options: PostgresOptions): Promise<PostgresStore> {
  const { address, node } = options;
  const health = { fault: null as string | null, away: false };
  /** Once it is open, a server that is not there is waited for. */
  const connect = async () => {
    try {
      const made = await openSession(address);
      health.away = false;
      return made;
    } catch (error) {
      health.away = true;
      throw unreachable(error);
    }
  };
  const session = await connected(address);
  const opened = [session];
  try {
    await migrate(session);
    const keeperSession = await connected(address);
    opened.push(keeperSession);
    await refusePooler(session, keeperSession);
    const key = await register(session, { ...node, version: options.version ?? "unknown" });
    const onFenced = () => {
      if (health.fault !== null) return;
      const error = new Fenced();
      health.fault = error.message;
      options.onFault?.(error.message);
      options.onFatal?.(error);
    };
    return new PostgresStore({
      writer: new Writer(session, { node: key, connect, onFenced }),
      readers: new Readers(connect, node.shared ? sharedPostgres(key.no) : POSTGRES),
      hints: new Hints({ nodeNo: key.no, connect: () => openSession(address) }),
      shared: node.shared,
      watch: () =>
        new TurnWatch({ address, node: key, onDeath: (error) => options.onFatal?.(error) }),
      keeper: new Keeper(keeperSession, { node: key, connect, onFenced, health }),
      health,
    });
  } catch (error) {
    await Promise.all(opened.map((one) => one.close()));
    throw connectError(error, address);
  }
}

/** A connection as all of the store's are. STORE_ERROR with what to do. */
export async function connected(address: ServerAddress): Promise<Session> {
  try {
    return await openSession(address);
  } catch (error) {
    throw connectError(error, address);
  }
}

/**
 * Two connections that take turns on one of the server's have a pooler between, which gives each
 * transaction any of them: what is prepared and set on one would be looked for on another.
 */
export async function refusePooler(one: Session, other: Session): Promise<void> {
  const pid = async (session: Session) =>
    (await session.run("SELECT pg_backend_pid() AS pid")).rows[0]!.pid;
  const first = await pid(one);
  await other.run("BEGIN");
  const second = await pid(other);
  await other.run("COMMIT");
  if (first !== second) return;
  throw new OpcodeError(
    "STORE_ERROR",
    "a pooler between here and the server gives each transaction another connection: name the " +
      "server itself in store_url, or let the pooler keep one for each client (pool_mode = session)",
  );
}
