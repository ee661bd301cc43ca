// What a person should know of the server: whether it can be used, and what makes it slow or fragile.

import type { StoreFinding } from "../place.ts";
import { checkLayout, checkServer } from "./migrate.ts";
import { connected } from "./open.ts";
import type { Session } from "./session.ts";
import type { ServerAddress } from "./url.ts";

/** A transaction that is open for longer keeps what is dead from being cleared, and the live feed back, ms. */
const LONG_TRANSACTION_MS = 60_000;
/** Clocks that differ by more make times in lists misleading, ms. */
const CLOCK_SKEW_MS = 2_000;
/** Dead rows that are a warning: as many as the live ones, and at least so many. */
const MANY_DEAD = 50_000;
const LAGGING_BYTES = 64 * 1024 ** 2;

/** Nothing is changed; what cannot be asked is left out. */
export async function examine(address: ServerAddress, now: number): Promise<StoreFinding[]> {
  let session: Session | undefined;
  try {
    session = await connected(address);
    const [row] = await session.rows("SHOW server_version");
    const version = `PostgreSQL ${row!.server_version}`;
    await checkServer(session);
    const layout = await checkLayout(session);
    const found = [
      ok(layout === null ? `${version}; there are no data yet` : `${version}, layout ${layout}`),
      await rights(session, layout === null),
      ...await Promise.all([
        clock(session, now),
        transactions(session),
        dead(session),
        lag(session),
      ]),
    ];
    if (layout !== null) found.push(await nodes(session));
    return found.filter((one) => one !== null);
  } catch (error) {
    return [{ is: "fault", text: (error as Error).message, remedy: "see docs/cluster.md" }];
  } finally {
    await session?.close();
  }
}

function ok(text: string): StoreFinding {
  return { is: "ok", text };
}

async function rights(session: Session, isNew: boolean): Promise<StoreFinding | null> {
  const [row] = await session.rows(
    `SELECT has_schema_privilege(current_schema(), 'CREATE') AS may, current_schema() AS schema,
       current_user AS who`,
  );
  if (row!.may === 1) return null;
  return {
    is: isNew ? "fault" : "warning",
    text: `the user ${row!.who} may not create tables in the schema ${row!.schema}`,
    remedy: `GRANT CREATE ON SCHEMA ${row!.schema} TO ${
      row!.who
    }: a first start and an update need it`,
  };
}

async function clock(session: Session, now: number): Promise<StoreFinding | null> {
  const [row] = await session.rows(
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS at",
  );
  const apart = Math.abs(row!.at - now);
  if (apart < CLOCK_SKEW_MS) return null;
  return {
    is: "warning",
    text: `the server's clock and this machine's are ${Math.round(apart / 1_000)} s apart`,
    remedy: "set both by NTP: leases go by the server's, schedules by this one's",
  };
}

async function transactions(session: Session): Promise<StoreFinding | null> {
  const [row] = await session.rows(
    `SELECT pid, usename AS who, CAST(extract(epoch FROM now() - xact_start) AS bigint) AS seconds
     FROM pg_stat_activity WHERE xact_start < now() - $1 * interval '1 millisecond'
       AND pid <> pg_backend_pid() AND backend_type = 'client backend'
     ORDER BY xact_start LIMIT 1`,
    [LONG_TRANSACTION_MS],
  );
  if (row === undefined) return null;
  return {
    is: "warning",
    text:
      `a transaction of ${row.who} (pid ${row.pid}) has been open for ${row.seconds} s: what is ` +
      "dead stays until it ends, and live events of other nodes wait for one that writes",
    remedy: `end it: SELECT pg_terminate_backend(${row.pid})`,
  };
}

async function dead(session: Session): Promise<StoreFinding | null> {
  const [row] = await session.rows(
    `SELECT relname AS name, n_dead_tup AS dead, n_live_tup AS live FROM pg_stat_user_tables
     WHERE schemaname = current_schema() AND n_dead_tup > greatest(n_live_tup, ${MANY_DEAD})
     ORDER BY n_dead_tup DESC LIMIT 1`,
  );
  if (row === undefined) return null;
  return {
    is: "warning",
    text: `${row.dead} dead rows of ${row.name} wait to be cleared, beside ${row.live} live ones`,
    remedy: `VACUUM ${row.name}, and let autovacuum run more often`,
  };
}

async function lag(session: Session): Promise<StoreFinding | null> {
  const [row] = await session.rows(
    `SELECT application_name AS name,
       CAST(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) AS bigint) AS bytes
     FROM pg_stat_replication WHERE replay_lsn IS NOT NULL ORDER BY replay_lsn LIMIT 1`,
  );
  if (row === undefined || row.bytes < LAGGING_BYTES) return null;
  return {
    is: "warning",
    text: `the standby ${row.name} is ${Math.round(row.bytes / 1024 ** 2)} MiB behind`,
    remedy: "a fail-over would lose what it has not got, unless it is synchronous",
  };
}

async function nodes(session: Session): Promise<StoreFinding> {
  const rows = await session.rows(
    `SELECT host, pid, version, lease_until > clock_timestamp() AS alive FROM nodes ORDER BY no`,
  );
  const names = rows.map(({ host, pid, version, alive }) =>
    `${host} (process ${pid}, ${version}${alive === 1 ? "" : ", not heard of"})`
  );
  return ok(
    names.length === 0 ? "no daemon is at work on it" : `at work on it: ${names.join(", ")}`,
  );
}
