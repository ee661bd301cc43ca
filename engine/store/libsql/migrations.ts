// What the tables are, as numbered steps from an empty file to the newest layout.

import { DEADLINE_COLUMN, halfRemovedRuns, interruptedRuns, RARE } from "../sql/indexed.ts";
import { LIBSQL } from "./dialect.ts";
import { ARCHIVED } from "./migrations/archived.ts";
import { COUNTED } from "./migrations/counted.ts";
import { DELIVERED } from "./migrations/delivered.ts";
import { NOTICES } from "./migrations/notices.ts";
import { OUTSIDE } from "./migrations/outside.ts";
import { REVOKED } from "./migrations/revoked.ts";
import { TRIED } from "./migrations/tried.ts";

export interface Migration {
  /** 1, 2, 3 … without gaps. */
  version: number;
  name: string;
  /** Applied in one transaction; never changed once released. */
  statements: readonly string[];
}

/** Conditions of indexes, which never change: a query must repeat them word for word. */
const INTERRUPTED = interruptedRuns(LIBSQL);
const REMOVING = halfRemovedRuns(LIBSQL);

/** The condition of an index on what stands for a text in `blobs`; to be repeated word for word. */
export const inBlobs = (column: string) => `typeof(${column}) = 'blob' AND length(${column}) = 32`;

/** The columns that may hold what stands for a text in `blobs`. */
export const BLOB_COLUMNS = [
  ["events", "payload"],
  ["runs", "params"],
  ["templates", "definition"],
  ["templates", "input_schema"],
  ["templates", "output_schema"],
  ["templates", "triggers"],
  ["schedules", "params"],
] as const;

export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    name: "runs, events, steps, contexts, timers, templates, agents, blobs",
    statements: [
      `CREATE TABLE runs (
        run_no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        template_name TEXT NOT NULL,
        template_version INTEGER NOT NULL,
        agent_id TEXT NOT NULL,
        parent_run_no INTEGER,
        parent_step_id TEXT,
        depth INTEGER NOT NULL,
        params NOT NULL,
        idempotency_key TEXT,
        created_at INTEGER NOT NULL,
        status INTEGER NOT NULL,
        last_seq INTEGER NOT NULL,
        output_seq INTEGER,
        error TEXT,
        started_at INTEGER,
        completed_at INTEGER,
        updated_at INTEGER NOT NULL,
        active_ms INTEGER NOT NULL,
        active_since INTEGER,
        marks TEXT
      )`,
      // Lists without a status merge one range a status, so these serve every combination.
      `CREATE INDEX runs_by_status ON runs (status, created_at)`,
      `CREATE INDEX runs_by_agent ON runs (agent_id, status, created_at)`,
      `CREATE INDEX runs_by_template ON runs (template_name, status, created_at)`,
      `CREATE INDEX runs_by_parent ON runs (parent_run_no, created_at)
        WHERE parent_run_no IS NOT NULL`,
      `CREATE UNIQUE INDEX runs_by_key ON runs (agent_id, idempotency_key)
        WHERE idempotency_key IS NOT NULL`,
      `CREATE INDEX runs_open ON runs (run_no) WHERE status <= 1`,
      `CREATE TABLE events (
        id INTEGER PRIMARY KEY,
        run_no INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        type INTEGER NOT NULL,
        step_id TEXT,
        payload,
        agent_id TEXT,
        at INTEGER NOT NULL,
        UNIQUE (run_no, seq)
      )`,
      `CREATE INDEX events_rare ON events (type) WHERE ${RARE}`,
      `CREATE TABLE steps (
        run_no INTEGER NOT NULL,
        step_id TEXT NOT NULL,
        status INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        retries INTEGER NOT NULL,
        started_at INTEGER,
        completed_at INTEGER,
        duration_ms INTEGER,
        output_seq INTEGER,
        error TEXT,
        due_at INTEGER,
        detail TEXT,
        PRIMARY KEY (run_no, step_id)
      ) WITHOUT ROWID`,
      `CREATE TABLE contexts (
        run_no INTEGER PRIMARY KEY,
        agent_id TEXT NOT NULL,
        original_intent TEXT,
        data TEXT,
        agent_notes TEXT,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      )`,
      `CREATE TABLE timers (
        run_no INTEGER NOT NULL,
        key TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        PRIMARY KEY (run_no, key)
      ) WITHOUT ROWID`,
      `CREATE INDEX timers_by_due ON timers (due_at)`,
      `CREATE TABLE templates (
        no INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        description TEXT,
        definition NOT NULL,
        input_schema,
        output_schema,
        triggers,
        agent_id TEXT NOT NULL,
        created_at INTEGER NOT NULL
      )`,
      `CREATE UNIQUE INDEX templates_by_name ON templates (name, version DESC)`,
      `CREATE INDEX templates_by_agent ON templates (agent_id, name, version DESC)`,
      `CREATE TABLE agents (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        last_seen_at INTEGER
      ) WITHOUT ROWID`,
      `CREATE TABLE blobs (
        no INTEGER PRIMARY KEY,
        sha256 BLOB NOT NULL UNIQUE,
        content TEXT NOT NULL
      )`,
    ],
  },
  {
    version: 2,
    name: "decisions, and the run that a run is forked from",
    statements: [
      `ALTER TABLE runs ADD COLUMN forked_from TEXT`,
      `CREATE TABLE decisions (
        no INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        run_no INTEGER NOT NULL,
        step_id TEXT NOT NULL,
        agent_id TEXT NOT NULL,
        target_agent_id TEXT,
        requested_seq INTEGER NOT NULL,
        options TEXT NOT NULL,
        timeout_at INTEGER,
        fallback TEXT,
        status INTEGER NOT NULL,
        resolved_seq INTEGER,
        resolved_by TEXT,
        resolved_at INTEGER,
        created_at INTEGER NOT NULL
      )`,
      // As with runs: a list without a status merges one range a status.
      `CREATE INDEX decisions_by_status ON decisions (status, created_at)`,
      `CREATE INDEX decisions_by_run ON decisions (run_no, status, created_at)`,
    ],
  },
  {
    version: 3,
    name: "secrets, and the key of the vault",
    statements: [
      `CREATE TABLE secrets (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      ) WITHOUT ROWID`,
      `CREATE TABLE vault_meta (
        no INTEGER PRIMARY KEY CHECK (no = 1),
        kdf TEXT NOT NULL,
        iterations INTEGER NOT NULL,
        salt BLOB NOT NULL,
        canary BLOB NOT NULL,
        created_at INTEGER NOT NULL,
        keyed_at INTEGER NOT NULL
      )`,
    ],
  },
  {
    version: 4,
    name: "values that hold secrets, encrypted",
    statements: [
      `CREATE TABLE seals (
        run_no INTEGER NOT NULL,
        slot TEXT NOT NULL,
        blob BLOB NOT NULL,
        PRIMARY KEY (run_no, slot)
      ) WITHOUT ROWID`,
    ],
  },
  {
    version: 5,
    name: "lists in the order in which rows came to be, whatever the clock said",
    statements: [
      // Each ends with the row's number, so that what it finds is in list order.
      `DROP INDEX runs_by_status`,
      `DROP INDEX runs_by_agent`,
      `DROP INDEX runs_by_template`,
      `DROP INDEX runs_by_parent`,
      `CREATE INDEX runs_by_status ON runs (status)`,
      `CREATE INDEX runs_by_agent ON runs (agent_id, status)`,
      `CREATE INDEX runs_by_template ON runs (template_name, status)`,
      `CREATE INDEX runs_by_parent ON runs (parent_run_no) WHERE parent_run_no IS NOT NULL`,
      `CREATE INDEX runs_by_time ON runs (created_at)`,
      `DROP INDEX decisions_by_status`,
      `DROP INDEX decisions_by_run`,
      `CREATE INDEX decisions_by_status ON decisions (status)`,
      `CREATE INDEX decisions_by_run ON decisions (run_no, status)`,
    ],
  },
  {
    version: 6,
    name: "agents in the order in which they were seen",
    statements: [
      `CREATE INDEX agents_by_seen ON agents (coalesce(last_seen_at, -1) DESC, id)`,
    ],
  },
  {
    version: 7,
    name: "runs that a process may have died of",
    statements: [
      `CREATE TABLE suspects (
        run_no INTEGER PRIMARY KEY,
        deaths INTEGER NOT NULL,
        doing TEXT,
        reason TEXT
      )`,
    ],
  },
  {
    version: 8,
    name: "runs that wait for an answer after an interruption",
    statements: [
      // Marks are rare: of all other runs a write only looks whether there are any.
      `CREATE INDEX runs_interrupted ON runs (run_no) WHERE ${INTERRUPTED}`,
      `CREATE INDEX runs_interrupted_by_agent ON runs (agent_id) WHERE ${INTERRUPTED}`,
    ],
  },
  {
    version: 9,
    name: "the command line is used by people",
    statements: [`UPDATE agents SET type = 'human' WHERE id = 'cli'`],
  },
  {
    version: 10,
    name: "schedules, and what became of their times",
    statements: [
      `CREATE TABLE schedules (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        template_name TEXT NOT NULL,
        template_version INTEGER,
        agent_id TEXT NOT NULL,
        cron TEXT NOT NULL,
        timezone TEXT NOT NULL,
        params NOT NULL,
        overlap INTEGER NOT NULL,
        catch_up INTEGER NOT NULL,
        jitter_ms INTEGER NOT NULL,
        ends_at INTEGER,
        max_runs INTEGER,
        trigger_name TEXT,
        status INTEGER NOT NULL,
        reason TEXT,
        next_at INTEGER,
        runs INTEGER NOT NULL,
        open_runs TEXT NOT NULL,
        queued_at INTEGER,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL
      )`,
      `CREATE UNIQUE INDEX schedules_by_name ON schedules (name)`,
      `CREATE INDEX schedules_by_template ON schedules (template_name, name)`,
      `CREATE INDEX schedules_by_agent ON schedules (agent_id, name)`,
      `CREATE INDEX schedules_by_status ON schedules (status, name)`,
      `CREATE TABLE fires (
        schedule_id TEXT NOT NULL,
        due_at INTEGER NOT NULL,
        cause INTEGER NOT NULL,
        at INTEGER NOT NULL,
        run_no INTEGER,
        outcome INTEGER NOT NULL,
        detail TEXT,
        PRIMARY KEY (schedule_id, due_at)
      ) WITHOUT ROWID`,
    ],
  },
  {
    version: 11,
    name: "who refers to a run or to a text, for those that are removed",
    statements: [
      `CREATE INDEX runs_by_fork ON runs (json_extract(forked_from, '$.workflow_id'))
        WHERE forked_from IS NOT NULL`,
      `CREATE INDEX fires_by_run ON fires (run_no) WHERE run_no IS NOT NULL`,
      `CREATE INDEX runs_removing ON runs (run_no) WHERE ${REMOVING}`,
      ...BLOB_COLUMNS.map(([table, column]) =>
        `CREATE INDEX ${table}_blobs_${column} ON ${table} (${column}) WHERE ${inBlobs(column)}`
      ),
    ],
  },
  {
    version: 12,
    name: "the run that a run does again",
    statements: [`ALTER TABLE runs ADD COLUMN rerun_of TEXT`],
  },
  {
    version: 13,
    name: "lists of runs by their completion, and of decisions by their deadline",
    statements: [
      `CREATE INDEX runs_by_completion ON runs (completed_at) WHERE completed_at IS NOT NULL`,
      `CREATE INDEX decisions_by_deadline ON decisions (${DEADLINE_COLUMN}, id) WHERE status = 0`,
    ],
  },
  {
    version: 14,
    name: "where deliveries come in, and what others are still to be told of runs",
    statements: OUTSIDE,
  },
  {
    version: 15,
    name: "what is counted with each commit",
    statements: COUNTED,
  },
  {
    version: 16,
    name: "templates that are put away",
    statements: ARCHIVED,
  },
  {
    version: 17,
    name: "what agents that are away are still to be told",
    statements: NOTICES,
  },
  {
    version: 18,
    name: "what came of each callback",
    statements: TRIED,
  },
  {
    version: 19,
    name: "runs by the deliveries that they came of",
    statements: DELIVERED,
  },
  {
    version: 20,
    name: "links of decisions that were taken back",
    statements: REVOKED,
  },
];
