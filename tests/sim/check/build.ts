// How tests of the checker write a run's log down, and get the evidence that belongs to it.

import { parseDuration } from "../../../core/duration.ts";
import type { ErrorCode, ErrorObject } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { ReasoningConfig } from "../../../engine/steps/reasoning.ts";
import type { EventType } from "../../../engine/journal/event-types.ts";
import type { RunRecord, StoredDecision, StoredStep } from "../../../engine/store/store.ts";
import { eventId, uuid } from "../../support/rows.ts";
import type { Call, Evidence } from "./evidence.ts";
import { END, History } from "./history.ts";
import { contextChange } from "./scope.ts";

interface Line {
  type: EventType;
  stepId: string | null;
  data: JsonObject;
  at: number;
}

export const RUN_ID = uuid(1);

/** A log that is written line by line, each a millisecond after the last. */
export class Log {
  readonly definition: WorkflowDefinition;
  readonly lines: Line[] = [];
  readonly params: JsonObject;
  #at = 1_000;
  #attempts = new Map<string, number>();

  constructor(definition: WorkflowDefinition | StepDefinition[], params: JsonObject = {}) {
    this.definition = Array.isArray(definition) ? { steps: definition } : definition;
    this.params = params;
  }

  add(type: EventType, stepId: string | null = null, data: JsonObject = {}): this {
    this.lines.push({ type, stepId, data, at: this.#at++ });
    return this;
  }

  /** Lets so much time pass before the next event. */
  pass(ms: number): this {
    this.#at += ms;
    return this;
  }

  /** The next event comes in the same turn as the last one. */
  get and(): this {
    this.#at--;
    return this;
  }

  run(): this {
    return this.add("workflow_started");
  }

  /** The next attempt of a step. */
  start(id: string, more: JsonObject = {}): this {
    const attempt = (this.#attempts.get(id) ?? 0) + 1;
    this.#attempts.set(id, attempt);
    return this.add("step_started", id, { attempt, ...more });
  }

  /** A suspended step goes on. */
  resume(id: string): this {
    return this.add("step_started", id, { attempt: this.#attempts.get(id)!, resumed: true });
  }

  /** Without an output that of a simulated action, with this value. */
  complete(id: string, output?: Json, value: Json = null): this {
    const shortId = id.slice(id.lastIndexOf(".") + 1);
    const own = { id: shortId, attempt: this.#attempts.get(id)!, value };
    return this.add("step_completed", id, { output: output ?? own });
  }

  /** Starts and completes a simulated action. */
  done(id: string, value?: Json): this {
    return this.start(id).complete(id, undefined, value);
  }

  fail(id: string, error: ErrorObject | ErrorCode = "EXECUTION_ERROR"): this {
    return this.add("step_failed", id, { error: errorOf(error), attempt: 1 });
  }

  /** A retry by policy, up to the moment when the next attempt begins. */
  retry(id: string, more: JsonObject = {}): this {
    this.add("step_retry_attempt", id, { error: errorOf("EXECUTION_ERROR"), ...more });
    return this.add("step_retrying", id);
  }

  skip(id: string, reason: string): this {
    return this.add("step_skipped", id, { reason });
  }

  /** The failure of a run whose step failed by itself. */
  failRun(id: string, code: ErrorCode = "STEP_FAILED", cause: ErrorCode = "EXECUTION_ERROR"): this {
    return this.add("workflow_failed", null, { error: handedUp(id, code, cause) });
  }

  completeRun(output: Json): this {
    return this.add("workflow_completed", null, { output });
  }

  /** What a checker is shown of this run at its last event; fields may be replaced. */
  evidence(changes: Partial<Evidence> = {}): Evidence {
    const bare: Evidence = {
      definition: this.definition,
      record: this.#record([], {}),
      timers: [],
      decisions: [],
      calls: [],
      now: this.#at,
      setBackMs: 0,
      final: true,
      children: {},
    };
    const history = new History(bare);
    const context: JsonObject = {};
    for (const event of history.events) Object.assign(context, contextChange(history, event));
    return {
      ...bare,
      record: this.#record([...history.stepIds].map((id) => stepRow(history, id)), context),
      decisions: decisionsOf(history),
      calls: callsOf(history),
      ...changes,
    };
  }

  #record(steps: StoredStep[], context: JsonObject): RunRecord {
    const statuses: Partial<Record<EventType, RunRecord["run"]["status"]>> = {
      workflow_started: "active",
      workflow_resumed: "active",
      workflow_suspended: "suspended",
      workflow_completed: "completed",
      workflow_failed: "failed",
      workflow_cancelled: "cancelled",
    };
    const last = this.lines.findLast(({ type }) => statuses[type]);
    const status = last ? statuses[last.type]! : "pending";
    const isOver = ["completed", "failed", "cancelled"].includes(status);
    return {
      seals: [],
      run: {
        runNo: 1,
        id: RUN_ID,
        templateName: "main",
        templateVersion: 1,
        agentId: "alice",
        parentRunNo: null,
        parentStepId: null,
        depth: 0,
        params: JSON.stringify(this.params),
        idempotencyKey: null,
        forkedFrom: null,
        rerunOf: null,
        createdAt: 999,
        status,
        lastSeq: this.lines.length,
        outputSeq: status === "completed" ? this.lines.indexOf(last!) + 1 : null,
        error: status === "failed" ? JSON.stringify(last!.data.error) : null,
        startedAt: 1_000,
        completedAt: isOver ? last!.at : null,
        updatedAt: this.#at,
        activeMs: 0,
        activeSince: status === "active" ? last!.at : null,
        marks: null,
      },
      parentId: null,
      output: status === "completed" ? JSON.stringify(last!.data.output) : null,
      steps,
      context: {
        runNo: 1,
        agentId: "alice",
        originalIntent: null,
        data: JSON.stringify(context),
        agentNotes: null,
        createdAt: 1_000,
        updatedAt: 1_000,
      },
      decisions: [],
      events: this.lines.map(({ type, stepId, data, at }, i) => ({
        id: eventId(i + 1),
        runId: RUN_ID,
        seq: i + 1,
        type,
        stepId,
        payload: JSON.stringify(data),
        payloadSize: JSON.stringify(data).length,
        agentId: null,
        at,
      })),
    };
  }
}

function errorOf(error: ErrorObject | ErrorCode): JsonObject {
  const object = typeof error === "string" ? { code: error, message: "it failed" } : error;
  return object as unknown as JsonObject;
}

/** The error that a step which failed by itself hands up. */
export function handedUp(
  id: string,
  code: ErrorCode = "STEP_FAILED",
  cause: ErrorCode = "EXECUTION_ERROR",
): JsonObject {
  return { code, message: "a step failed", details: { cause: errorOf(cause) }, step_id: id };
}

function stepRow(history: History, stepId: string): StoredStep {
  const state = history.step(stepId, END);
  const completed = history.last(stepId, "step_completed", END);
  const isOver = ["completed", "failed", "skipped"].includes(state.status);
  return {
    runNo: 1,
    stepId,
    status: state.status,
    attempt: state.attempt,
    retries: state.retries,
    startedAt: 1_000,
    completedAt: isOver ? 1_000 : null,
    durationMs: null,
    outputSeq: state.status === "completed" ? completed!.seq : null,
    error: state.error && JSON.stringify(state.error),
    dueAt: null,
    detail: null,
    output: state.output === undefined ? null : JSON.stringify(state.output),
    outputSize: state.output === undefined ? 0 : JSON.stringify(state.output).length,
  };
}

function decisionsOf(history: History): StoredDecision[] {
  return history.events.filter(({ type }) => type === "decision_requested").map((asked, i) => {
    const stepId = asked.stepId!;
    const config = history.book.find(stepId)!.step.config as ReasoningConfig;
    const later = history.eventsOf(stepId).filter((event) =>
      event.seq > asked.seq && /^decision_/.test(event.type)
    );
    const resolved = later[0]?.type === "decision_resolved" ? later[0] : undefined;
    const isOpen = later.length === 0 && history.step(stepId, END).status === "suspended";
    const status = resolved
      ? resolved.data.resolved_by === "system" ? "timed_out" : "resolved"
      : isOpen
      ? "pending"
      : "cancelled";
    return {
      id: uuid(100 + i),
      runNo: 1,
      runId: RUN_ID,
      stepId,
      agentId: "alice",
      targetAgentId: config.target_agent || null,
      requestedSeq: asked.seq,
      options: JSON.stringify(config.options ?? []),
      timeoutAt: config.timeout === undefined ? null : asked.at + parseDuration(config.timeout),
      fallback: config.fallback ?? null,
      status,
      resolvedSeq: resolved?.seq ?? null,
      resolvedBy: (resolved?.data.resolved_by as string) ?? null,
      resolvedAt: resolved?.at ?? null,
      createdAt: asked.at,
      context: "{}",
      contextCut: false,
      resolution: resolved ? JSON.stringify(resolved.data) : null,
    };
  });
}

/** One call for each attempt of an external step that came to an end. */
function callsOf(history: History): Call[] {
  return history.events.flatMap(({ type, stepId, seq }) => {
    const ends = ["step_completed", "step_failed", "step_retry_attempt", "step_ignored"];
    if (stepId === null || !ends.includes(type)) return [];
    const { action } = history.book.find(stepId)?.step ?? {};
    if (action !== "sim.external" && action !== "sim.repeatable") return [];
    if (type === "step_failed" && history.last(stepId, "step_ignored", seq)) return [];
    const { attempt } = history.step(stepId, seq);
    return [{ key: `${RUN_ID}:${stepId}:${attempt}`, stepId, attempt, ended: "result" as const }];
  });
}
