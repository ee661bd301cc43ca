// What an action gets to see of its attempt and of the engine, and nothing else.

import type {
  ActionContext,
  Host,
  LogLevel,
  SchemaViolation,
  WorkflowDoor,
} from "../../actions/action.ts";
import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Evaluate, ExpressionRequest } from "../../core/expression.ts";
import type { IsolationReport } from "../../core/isolation.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { answerAtOnce } from "../../embed/expr/answer.ts";
import { answerPatternAtOnce } from "../../embed/pattern/answer.ts";
import type { SchemaGate } from "../../embed/schema/answer.ts";
import type { Encoder } from "../journal/encode.ts";
import { NOT_CONNECTED, type Notification, type Notified } from "../notices/agent-door.ts";
import type { AttemptMemory } from "./attempt-memory.ts";
import { type ContextPort, contextView, readContext } from "../state/context.ts";
import { expressionScope, readSteps } from "../state/scope.ts";
import { partyOf, type RunState, type StepState } from "../state/state.ts";
import { contextDataOf } from "../state/unsealed.ts";

/** What an action's context leans on. */
export interface ActionPort extends ContextPort {
  clock: Clock;
  encoder: Encoder;
  host: Host;
  /** Evaluates what is too much for a turn. */
  evaluate: Evaluate;
  /** Checks values by JSON Schemas. */
  schemas: SchemaGate;
  notify(agentId: string, notification: Notification): Promise<Notified>;
}

/** What an action asked to be written with its result. */
export interface Records {
  emitted: { event_type: string; payload: Json }[];
  logs: { level: LogLevel; message: string; data?: Json | undefined }[];
  context: { data?: JsonObject | undefined; agentNotes?: string | undefined }[];
  /** What its agent, who is away, is to be told. */
  notices: { message: string; data?: Json | undefined }[];
  /** What its program was held in. */
  isolation: IsolationReport | null;
}

export class StepContext implements ActionContext, WorkflowDoor {
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  readonly agentId: string;
  readonly stepTimeoutMs: number | null;
  readonly #port: ActionPort;
  readonly #run: RunState;
  readonly #step: StepState;
  readonly #memory: AttemptMemory;
  #abort: AbortController | null = null;
  /** What its action has been given to evaluate expressions over. */
  #scope: JsonObject | null = null;
  #records: Records | null = null;

  constructor(
    port: ActionPort,
    { run, step, memory }: { run: RunState; step: StepState; memory: AttemptMemory },
  ) {
    this.#port = port;
    this.#run = run;
    this.#step = step;
    this.#memory = memory;
    this.runId = run.row.id;
    this.stepId = step.id;
    this.attempt = step.row.attempt;
    this.agentId = run.row.agentId;
    this.stepTimeoutMs = step.plan.timeoutMs;
  }

  /** What an action has asked to be written; null for nothing. */
  static recordsOf(context: StepContext): Records | null {
    return context.#records;
  }

  /** Tells the action to end. */
  static abort(context: StepContext, reason: string): void {
    context.#abort?.abort(new OpcodeError("CANCELLED", reason));
  }

  get idempotencyKey(): string {
    return `${this.runId}:${this.stepId}:${this.attempt}`;
  }
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }
  get maxOutput(): number {
    return this.#port.encoder.maxOutput;
  }
  get workflow(): WorkflowDoor {
    return this;
  }
  get host(): Host {
    return this.#port.host;
  }

  reserve(bytes: number): Promise<void> {
    return this.#memory.reserve(bytes);
  }

  release(param: string): void {
    this.#memory.release(param);
  }

  noteIsolation(report: IsolationReport): void {
    this.#record().isolation = report;
  }

  holdsSecret(text: string): boolean {
    return this.#run.secrets.mask(text) !== text;
  }

  scope(program: Pick<ExpressionRequest, "engine" | "source">): JsonObject {
    return this.#scope = expressionScope(this.#run, this.#step.list, program);
  }

  evaluate(request: ExpressionRequest): Json | Promise<Json> {
    // What is wrong with a program is told with any part of it.
    if (this.holdsSecret(request.source)) {
      throw new OpcodeError(
        "VALIDATION_ERROR",
        "the expression holds a secret; it can read one from data, and hold none",
      );
    }
    const { evaluate, clock } = this.#port;
    const party = partyOf(this.#run);
    // What is read later may have left memory by then.
    const later = () => {
      if (this.#scope) readSteps(this.#scope);
    };
    const elsewhere = () => {
      later();
      return evaluate(request, { party, room: this.#run.room, signal: this.signal });
    };
    switch (request.engine) {
      case "expr":
        request = { ...request, now: clock.now() };
        return answerAtOnce(request, { elsewhere, later });
      case "pattern":
        return answerPatternAtOnce(request, elsewhere);
      default:
        return elsewhere();
    }
  }

  violations(schema: string, value: Json): SchemaViolation[] | Promise<SchemaViolation[]> {
    const options = { party: partyOf(this.#run), signal: this.signal };
    return this.#port.schemas.violations(schema, value, options);
  }

  // What workflow.* actions may ask of their run.

  emit(eventType: string, payload: Json): void {
    this.#record().emitted.push({ event_type: eventType, payload });
  }

  readContext(runId: string): Json | Promise<Json> {
    if (runId === "" || runId === this.runId) {
      contextDataOf(this.#run);
      return contextView(this.#run);
    }
    return readContext(this.#port, this.#run, runId);
  }

  updateContext(change: { data?: JsonObject | undefined; agentNotes?: string | undefined }): void {
    this.#record().context.push(change);
  }

  log(level: LogLevel, message: string, data?: Json): void {
    this.#record().logs.push({ level, message, data });
  }

  async notify(message: string, data?: Json): Promise<Notified> {
    const { secrets } = this.#run;
    const told = await this.#port.notify(this.agentId, {
      message: secrets.mask(message),
      workflow_id: this.runId,
      step_id: this.stepId,
      data: data === undefined ? data : secrets.mask(data),
    });
    if (told.notified || told.reason !== NOT_CONNECTED) return told;
    // Stored with the step's result: both are there, or it runs again.
    this.#record().notices.push({ message, data });
    return { ...told, queued: true };
  }

  #record(): Records {
    return this.#records ??= { emitted: [], logs: [], context: [], notices: [], isolation: null };
  }
}
