// The row by which a process may write: it comes with the start, is renewed, and whoever takes it away keeps the process out.
//
// All times are the server's: no clock of a machine decides. A row whose time is over still stands, and
// may be renewed, until another node has removed it; from then on no commit of this one goes through.

import { hostname } from "node:os";
import { OpcodeError } from "../../../core/errors.ts";
import { HALF_MOVED } from "../sql/moved-rows.ts";
import { halfMovedReason } from "../transfer.ts";
import { LOCK, LOCKS, NODE_FENCED } from "./names.ts";
import { EVENTS_BEFORE } from "./statements.ts";
import type { Session } from "./session.ts";

/** How long a node counts as alive that was not heard of, unless it is told otherwise, ms. */
export const LEASE_MS = 10_000;

export interface NodeOptions {
  /** What stays the same when the process of one data directory is started again. */
  instance: string;
  /** Whether other nodes may be at work on the same data. */
  shared: boolean;
  /** How long it counts as alive when it is not heard of, ms; absent: `LEASE_MS`. */
  leaseMs?: number | undefined;
  /** Whether it is there only to move the data: then they need not be whole. */
  isMoving?: boolean;
}

/** Which row is this process's: its number stays with the instance, and has another incarnation then. */
export interface NodeId {
  no: number;
  incarnation: string;
}

export interface NodeKey extends NodeId {
  /** How long it counts as alive when it is not heard of, ms. */
  leaseMs: number;
}

/** And what a commit must find of it. */
export interface NodeFence extends NodeKey {
  epoch: number;
}

/** `parameter`: of the lease, ms. */
const leaseEnd = (parameter: string) =>
  `clock_timestamp() + ${parameter}::int8 * interval '1 millisecond'`;

/** No node comes until the transaction is over; sent before all else, as whoever comes does. */
export const LOCK_NODES = `SELECT pg_advisory_xact_lock(${LOCKS}, ${LOCK.nodes})`;

/** What nodes that are gone have counted comes together in one row each. */
const FOLD = [["tally_slots", "agent_id, what"], ["bucket_slots", "span, at, what"]].map(
  ([table, key]) =>
    `WITH gone AS (
       DELETE FROM ${table} WHERE node_no <> 0 AND NOT EXISTS (
         SELECT 1 FROM nodes WHERE no = node_no) RETURNING *
     ) INSERT INTO ${table} AS t (${key}, node_no, count)
       SELECT ${key}, 0, CAST(sum(count) AS bigint) FROM gone GROUP BY ${key}
       ON CONFLICT (${key}, node_no) DO UPDATE SET count = t.count + excluded.count`,
);

/**
 * Adds the row, or takes the one that the same instance has left, with all that is its. CONFLICT when
 * another node is alive and the data are not shared, or are being moved; STORE_ERROR when only a part
 * of them is there.
 */
export async function register(
  session: Session,
  { instance, shared, isMoving, leaseMs = LEASE_MS, version }: NodeOptions & { version: string },
): Promise<NodeFence> {
  await session.run("BEGIN");
  try {
    await session.run(LOCK_NODES);
    if (!shared) {
      await session.ask(
        "DELETE FROM nodes WHERE lease_until < clock_timestamp() AND instance <> $1",
        [instance],
      );
      refuseOther(await session.rows(OTHER, [instance]));
    }
    if (isMoving) await session.rows(TAKE_MOVING);
    else await refuseMoved(session);
    for (const sql of FOLD) await session.ask(sql);
    const [row] = await session.rows(
      `INSERT INTO nodes AS n (instance, incarnation, epoch, host, pid, version, started_at,
         lease_until, commit_id)
       VALUES ($1, gen_random_uuid()::text, 1, $2, $3, $4, clock_timestamp(), ${leaseEnd("$5")}, 0)
       ON CONFLICT (instance) DO UPDATE SET incarnation = excluded.incarnation,
         epoch = n.epoch + 1, host = excluded.host, pid = excluded.pid, version = excluded.version,
         started_at = excluded.started_at, lease_until = excluded.lease_until, commit_id = 0
       RETURNING no, epoch, incarnation`,
      [instance, hostname(), process.pid, version, leaseMs],
    );
    await session.run("COMMIT");
    return { ...(row as unknown as NodeFence), leaseMs };
  } catch (error) {
    await session.run("ROLLBACK").catch(() => {});
    throw error;
  }
}

const OTHER = `SELECT host, pid, CAST(ceil(extract(epoch FROM lease_until - clock_timestamp()))
  AS bigint) AS seconds FROM nodes WHERE instance <> $1 ORDER BY lease_until DESC LIMIT 1`;

function refuseOther([other]: Record<string, unknown>[]): void {
  if (other === undefined) return;
  throw new OpcodeError(
    "CONFLICT",
    `the database is in use by another opcode daemon: process ${other.pid} on ${other.host}, which ` +
      `was heard of less than ${LEASE_MS / 1_000} s ago; stop it, or, if it has died, wait for ` +
      `${other.seconds} s`,
    { details: { retry_after_ms: Number(other.seconds) * 1_000 } },
  );
}

/** Held by the connection of who moves data, and so gone with it. */
const TAKE_MOVING = `SELECT pg_advisory_lock(${LOCKS}, ${LOCK.moving})`;

async function refuseMoved(session: Session): Promise<void> {
  const [free] = await session.rows(
    `SELECT pg_try_advisory_xact_lock_shared(${LOCKS}, ${LOCK.moving}) AS free`,
  );
  if (free!.free === 0) {
    throw new OpcodeError("CONFLICT", "the data are being moved by opcode db migrate: wait for it");
  }
  const [row] = await session.rows(`SELECT to_regclass('${HALF_MOVED}') IS NOT NULL AS there`);
  if (row!.there === 0) return;
  const [half] = await session.rows(`SELECT source FROM ${HALF_MOVED}`);
  throw new OpcodeError("STORE_ERROR", halfMovedReason(half?.source ?? "another store"));
}

/** Those that were heard of in time. */
export async function alive(session: Session) {
  return await session.rows(
    "SELECT host, pid, version FROM nodes WHERE lease_until > clock_timestamp() ORDER BY no",
  );
}

/**
 * CONFLICT, naming them, when others than this node may write until the transaction, which has locked the
 * nodes, is over. `judges`: whether those that were not heard of in time are dead; then they may not.
 * `why`: the beginning of the message.
 */
export async function refuseOthers(
  session: Session,
  { no, judges, why, until }: { no: number; judges: boolean; why: string; until: string },
): Promise<void> {
  if (judges) {
    await session.ask("DELETE FROM nodes WHERE lease_until < clock_timestamp() AND no <> $1", [no]);
  }
  const others = await session.rows(
    `SELECT host, pid, lease_until > clock_timestamp() AS heard FROM nodes WHERE no <> $1
     ORDER BY no`,
    [no],
  );
  if (others.length === 0) return;
  const names = others.map(({ host, pid, heard }) =>
    `process ${pid} on ${host}${heard === 1 ? "" : " (not heard of, and maybe dead)"}`
  );
  throw new OpcodeError("CONFLICT", `${why}: stop ${names.join(", ")} first, ${until}`);
}

/** Fails unless the node's row is there, which then stays until the end of the transaction. */
export const STAY = `WITH held AS (SELECT 1 FROM nodes WHERE no = $1::int8 AND incarnation = $2
    FOR KEY SHARE)
  SELECT must(count(*) = 1, 'another node has taken over', '${NODE_FENCED}') FROM held`;

/** Says that the node is alive; false when its row is gone. */
export async function renew(
  session: Session,
  { no, incarnation, leaseMs }: NodeKey,
): Promise<boolean> {
  const sql = `UPDATE nodes SET lease_until = ${leaseEnd("$3")}
    WHERE no = $1 AND incarnation = $2`;
  return (await session.ask(sql, [no, incarnation, leaseMs])).count === 1;
}

/** Takes the row away: others need not wait until its time is over. */
export async function leave(session: Session, { no, incarnation }: NodeKey): Promise<void> {
  await session.ask("DELETE FROM nodes WHERE no = $1 AND incarnation = $2", [no, incarnation]);
}

/**
 * The condition of a commit, and its name (an epoch comes with each incarnation, too): who loses the connection asks by it what became of it. The
 * parameters are the node's number and epoch, and the id of the commit.
 */
export const HOLD = `WITH held AS (
    UPDATE nodes SET commit_id = $3::int8, outcome = NULL,
      events_before = CAST(nullif(current_setting('${EVENTS_BEFORE}', true), '') AS bigint)
    WHERE no = $1::int8 AND epoch = $2::int8 RETURNING 1
  ) SELECT must(count(*) = 1, 'another node has taken over', '${NODE_FENCED}') FROM held`;

/** What the row says of the last commit that took place. */
export interface LastCommit {
  commitId: number;
  eventsBefore: number | null;
  outcome: string | null;
}

/**
 * What the last commit is, for certain: one that the server still has in its hands is waited for, and
 * one that it has not begun with finds another epoch. Null when the row is gone.
 */
export async function settle(
  session: Session,
  { no, incarnation }: NodeKey,
): Promise<LastCommit & { epoch: number } | null> {
  const [row] = await session.rows(
    `UPDATE nodes SET epoch = epoch + 1 WHERE no = $1 AND incarnation = $2
     RETURNING epoch, commit_id AS "commitId", events_before AS "eventsBefore", outcome`,
    [no, incarnation],
  );
  return row === undefined ? null : row as never;
}

/** Keeps with the commit what it came to. */
export async function keepOutcome(session: Session, no: number, outcome: string): Promise<void> {
  await session.ask("UPDATE nodes SET outcome = $2 WHERE no = $1", [no, outcome]);
}

/** Nothing of this process is stored any more. */
export class Fenced extends OpcodeError {
  constructor() {
    super(
      "STORE_ERROR",
      "another node has taken over from this one, which was not heard of in time: nothing more of " +
        "it is stored",
      { details: { retryable: false } },
    );
  }
}
