// What the named reads have in common: cached statements, texts kept in blobs, decoded rows.

import {
  DECISION_STATUSES,
  RUN_STATUSES,
  type RunStatus,
  STEP_STATUSES,
} from "../../../../core/status.ts";
import { EVENT_TYPES } from "../../../journal/event-types.ts";
import type { DecisionRow, RunHead, RunRow, StepRow, StoredEvent } from "../../store.ts";
import type { Connection, Statement } from "../connection.ts";

/** A row as the binding gives it: numbers, texts, null, and ArrayBuffers for blobs. */
export type Raw = Record<string, any>;

export class Source {
  readonly #connection: Connection;
  readonly #statements = new Map<string, Statement>();

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** All rows of a query; its statement is prepared once a text. */
  rows(sql: string, values: (number | string | null)[] = []): Raw[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(values) as Raw[];
  }

  row(sql: string, values: (number | string | null)[] = []): Raw | undefined {
    return this.rows(sql, values)[0];
  }

  /** The text of a column that may hold the hash of a blob instead. */
  text(value: string | ArrayBuffer | null): string | null {
    if (value === null || typeof value === "string") return value;
    const hash = Buffer.from(value).toString("hex");
    const row = this.row("SELECT content FROM blobs WHERE sha256 = unhex(?)", [hash]);
    if (row === undefined) throw new Error(`the content of blob ${hash} is missing`);
    return row.content;
  }

  /** The payload of the event with this id. */
  payload(id: number): string | null {
    return this.text(this.row("SELECT payload FROM events WHERE id = ?", [id])?.payload ?? null);
  }

  /** One snapshot for all that `read` asks. */
  snapshot<T>(read: () => T): T {
    this.rows("BEGIN");
    try {
      return read();
    } finally {
      this.rows("COMMIT");
    }
  }

  run(raw: Raw): RunRow {
    return { ...this.head(raw, raw.error), params: this.text(raw.params)! };
  }

  head(raw: Raw, error: string | null): RunHead {
    return {
      runNo: raw.run_no,
      id: raw.id,
      templateName: raw.template_name,
      templateVersion: raw.template_version,
      agentId: raw.agent_id,
      parentRunNo: raw.parent_run_no,
      parentStepId: raw.parent_step_id,
      depth: raw.depth,
      idempotencyKey: raw.idempotency_key,
      forkedFrom: raw.forked_from,
      createdAt: raw.created_at,
      status: RUN_STATUSES[raw.status as number]!,
      lastSeq: raw.last_seq,
      outputSeq: raw.output_seq,
      error,
      startedAt: raw.started_at,
      completedAt: raw.completed_at,
      updatedAt: raw.updated_at,
      activeMs: raw.active_ms,
      activeSince: raw.active_since,
      marks: raw.marks,
    };
  }

  step(raw: Raw): StepRow {
    return {
      runNo: raw.run_no,
      stepId: raw.step_id,
      status: STEP_STATUSES[raw.status as number]!,
      attempt: raw.attempt,
      retries: raw.retries,
      startedAt: raw.started_at,
      completedAt: raw.completed_at,
      durationMs: raw.duration_ms,
      outputSeq: raw.output_seq,
      error: raw.error,
      dueAt: raw.due_at,
      detail: raw.detail,
    };
  }

  decision(raw: Raw): DecisionRow {
    return {
      id: raw.id,
      runNo: raw.run_no,
      stepId: raw.step_id,
      agentId: raw.agent_id,
      targetAgentId: raw.target_agent_id,
      requestedSeq: raw.requested_seq,
      options: raw.options,
      timeoutAt: raw.timeout_at,
      fallback: raw.fallback,
      status: DECISION_STATUSES[raw.status as number]!,
      resolvedSeq: raw.resolved_seq,
      resolvedBy: raw.resolved_by,
      resolvedAt: raw.resolved_at,
      createdAt: raw.created_at,
    };
  }

  /** `most`: bytes of the largest payload that is read. */
  event(raw: Raw, runId: string, most: number): StoredEvent {
    const size: number = raw.payload_size;
    return {
      id: raw.id,
      runId,
      seq: raw.seq,
      type: EVENT_TYPES[raw.type as number]!,
      stepId: raw.step_id,
      payload: raw.payload ?? (size === 0 || size > most ? null : this.payload(raw.id)),
      payloadSize: size,
      agentId: raw.agent_id,
      at: raw.at,
    };
  }
}

/** The stored code of a run status. */
export function statusCode(status: RunStatus): number {
  return RUN_STATUSES.indexOf(status);
}
