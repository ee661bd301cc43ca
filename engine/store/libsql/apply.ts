// Which statements write a flat batch, and in what order.

import { createHash } from "node:crypto";
import { agentType, COMMAND_LINE } from "../agent-type.ts";
import type { Connection, Statement } from "./connection.ts";
import * as flat from "./flatten.ts";
import { MultiRow } from "./multi-row.ts";

const PROGRESS = [
  "status",
  "last_seq",
  "output_seq",
  "error",
  "started_at",
  "completed_at",
  "updated_at",
  "active_ms",
  "active_since",
  "marks",
];

export class Applier {
  readonly #guards: MultiRow;
  readonly #steadyGuards: MultiRow;
  readonly #runs: MultiRow;
  readonly #events: MultiRow;
  readonly #steps: MultiRow;
  readonly #contexts: MultiRow;
  readonly #timers: MultiRow;
  readonly #untimers: MultiRow;
  readonly #decisions: MultiRow;
  readonly #seals: MultiRow;
  readonly #templates: MultiRow;
  readonly #agents: MultiRow;
  readonly #blob: Statement;

  constructor(connection: Connection) {
    const rows = (width: number, sql: (values: string) => string) =>
      new MultiRow(connection, width, sql);
    const guarded = (columns: string[]) => {
      const set = columns.map((column, i) => `${column} = v.column${i + 4}`).join(", ");
      return (values: string) =>
        `UPDATE runs SET ${set} FROM (VALUES ${values}) AS v
         WHERE runs.run_no = v.column1 AND +runs.status = v.column2 AND +runs.last_seq = v.column3
         RETURNING runs.run_no`;
    };
    this.#guards = rows(flat.GUARD_WIDTH, guarded(PROGRESS));
    // SQLite writes the indexes on each column that is set, also where the value stays.
    const steady = PROGRESS.filter((column) => column !== "status" && column !== "marks");
    this.#steadyGuards = rows(flat.STEADY_WIDTH, guarded(steady));
    this.#runs = rows(
      flat.RUN_WIDTH,
      (values) =>
        `INSERT INTO runs (run_no, id, template_name, template_version, agent_id, parent_run_no,
         parent_step_id, depth, params, idempotency_key, forked_from, created_at,
         ${PROGRESS.join(", ")})
       VALUES ${values}`,
    );
    this.#events = rows(
      flat.EVENT_WIDTH,
      (values) =>
        `INSERT INTO events (id, run_no, seq, type, step_id, payload, agent_id, at)
       VALUES ${values}`,
    );
    this.#steps = rows(
      flat.STEP_WIDTH,
      (values) =>
        `REPLACE INTO steps (run_no, step_id, status, attempt, retries, started_at, completed_at,
         duration_ms, output_seq, error, due_at, detail) VALUES ${values}`,
    );
    this.#contexts = rows(
      flat.CONTEXT_WIDTH,
      (values) =>
        `REPLACE INTO contexts (run_no, agent_id, original_intent, data, agent_notes, created_at,
         updated_at) VALUES ${values}`,
    );
    this.#timers = rows(
      flat.TIMER_WIDTH,
      (values) => `REPLACE INTO timers (run_no, key, due_at) VALUES ${values}`,
    );
    this.#untimers = rows(
      flat.UNTIMER_WIDTH,
      (values) => `DELETE FROM timers WHERE (run_no, key) IN (VALUES ${values})`,
    );
    this.#decisions = rows(
      flat.DECISION_WIDTH,
      (values) =>
        `INSERT INTO decisions (id, run_no, step_id, agent_id, target_agent_id, requested_seq,
         options, timeout_at, fallback, status, resolved_seq, resolved_by, resolved_at, created_at)
       VALUES ${values}
         ON CONFLICT (id) DO UPDATE SET
            step_id = excluded.step_id, agent_id = excluded.agent_id,
            target_agent_id = excluded.target_agent_id, requested_seq = excluded.requested_seq,
            options = excluded.options, timeout_at = excluded.timeout_at,
            fallback = excluded.fallback, status = excluded.status,
            resolved_seq = excluded.resolved_seq, resolved_by = excluded.resolved_by,
            resolved_at = excluded.resolved_at, created_at = excluded.created_at`,
    );
    this.#seals = rows(
      flat.SEAL_WIDTH,
      (values) => `REPLACE INTO seals (run_no, slot, blob) VALUES ${values}`,
    );
    this.#templates = rows(
      flat.TEMPLATE_WIDTH,
      (values) =>
        `INSERT INTO templates (name, version, description, definition, input_schema,
         output_schema, triggers, agent_id, created_at) VALUES ${values}`,
    );
    this.#agents = rows(
      flat.AGENT_WIDTH,
      (values) =>
        `INSERT INTO agents (id, name, type, created_at, last_seen_at)
       SELECT column1, column1, iif(column1 = '${COMMAND_LINE}', '${agentType(COMMAND_LINE)}', '${
          agentType("")
        }'), column2, column2 FROM (VALUES ${values}) WHERE true
       ON CONFLICT (id) DO UPDATE
         SET last_seen_at = max(coalesce(last_seen_at, 0), excluded.last_seen_at)`,
    );
    this.#blob = connection.prepare("INSERT OR IGNORE INTO blobs (sha256, content) VALUES (?, ?)");
  }

  /** Inside a transaction. False when a guard missed: then some rows are written, roll back. */
  apply(batch: flat.FlatBatch): boolean {
    const guards = batch.guards.length / flat.GUARD_WIDTH;
    if (this.#guards.returned(batch.guards) !== guards) return false;
    const steady = batch.steadyGuards.length / flat.STEADY_WIDTH;
    if (this.#steadyGuards.returned(batch.steadyGuards) !== steady) return false;
    for (const table of ["runs", "events", "templates"] as const) {
      for (const at of batch.long[table]) {
        batch[table][at] = this.#store(batch[table][at] as string);
      }
    }
    this.#runs.run(batch.runs);
    this.#events.run(batch.events);
    this.#steps.run(batch.steps);
    this.#contexts.run(batch.contexts);
    this.#timers.run(batch.timers);
    this.#untimers.run(batch.untimers);
    this.#decisions.run(batch.decisions);
    this.#seals.run(batch.seals);
    this.#templates.run(batch.templates);
    this.#agents.run(batch.agents);
    return true;
  }

  /** Keeps the text under its SHA-256, which stands in its place in the row. */
  #store(text: string): Uint8Array {
    const hash = createHash("sha256").update(text).digest();
    this.#blob.run([hash, text]);
    return hash;
  }
}
