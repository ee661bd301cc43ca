// One attempt of a step: the action's context, its abort, its time limit and its late result.

import type {
  ActionContext,
  LogLevel,
  SchemaViolation,
  WorkflowDoor,
} from "../../actions/action.ts";
import { asClaimant } from "../../core/descriptors.ts";
import { type ErrorObject, ForceFail, OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { ExpressionRequest } from "../../core/expression.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { LogFields } from "../../core/log.ts";
import { weigh } from "../../core/weigh.ts";
import { type Worker, working } from "../../core/working.ts";
import { answerAtOnce } from "../../embed/expr/answer.ts";
import { answerPatternAtOnce } from "../../embed/pattern/answer.ts";
import type { BreakerCall } from "./breaker.ts";
import { circuitOf } from "./circuit.ts";
import type { EngineEnv, Notified } from "./env.ts";
import type { Input, Result } from "./inputs.ts";
import { contextView, readContext } from "./context.ts";
import { afterNews } from "./pass.ts";
import { Claim } from "./room.ts";
import { expressionScope, readSteps } from "./scope.ts";
import { partyOf, type RunState, type StepState } from "./state.ts";
import { contextDataOf } from "./unsealed.ts";

/** How long an aborted action may take to give its slot back. */
const GRACE_MS = 5_000;

/** What an action asked to be written with its result. */
export interface Records {
  emitted: { event_type: string; payload: Json }[];
  logs: { level: LogLevel; message: string; data?: Json }[];
  context: { data?: JsonObject; agentNotes?: string }[];
}

export class Attempt implements ActionContext, WorkflowDoor, Worker {
  readonly run: RunState;
  readonly step: StepState;
  readonly env: EngineEnv;
  readonly attempt: number;
  /** Resolved and checked. */
  readonly params: JsonObject;
  /** False once the engine has given the attempt up: its result is then late. */
  live = true;
  records: Records | null = null;
  /** An external action's passage through its circuit breaker. */
  call: BreakerCall | null = null;
  #post: (input: Input) => void;
  #abort: AbortController | null = null;
  #disarm: (() => void) | null = null;
  /** An external action, or its refusal by the breaker. */
  #called = false;
  #settled = false;
  /** What its action has been given to evaluate expressions over. */
  #scope: JsonObject | null = null;
  /** What it has reserved, and then its result. */
  readonly #claim: Claim;
  /** Bytes of heap that its params are counted with; null while they are not. */
  #paramsHeld: number | null = null;
  /** While an aborted action still holds its slot: gives it back. */
  #linger: (() => void) | null = null;

  constructor(
    env: EngineEnv,
    run: RunState,
    step: StepState,
    params: JsonObject,
    post: (input: Input) => void,
  ) {
    this.env = env;
    this.run = run;
    this.step = step;
    this.params = params;
    this.attempt = step.attempt;
    this.#post = post;
    this.#claim = new Claim(env.budgets, run.share);
  }

  get runId(): string {
    return this.run.row.id;
  }
  get stepId(): string {
    return this.step.id;
  }
  get agentId(): string {
    return this.run.row.agentId;
  }
  get idempotencyKey(): string {
    return `${this.runId}:${this.stepId}:${this.attempt}`;
  }
  get signal(): AbortSignal {
    return (this.#abort ??= new AbortController()).signal;
  }
  get stepTimeoutMs(): number | null {
    return this.step.plan.timeoutMs;
  }
  get maxOutput(): number {
    return this.env.encoder.maxOutput;
  }
  get workflow(): WorkflowDoor {
    return this;
  }
  get host() {
    return this.env.host;
  }

  /** Whether its action is external and has yet to be called, for it waits for a slot. */
  get waits(): boolean {
    return !this.#called && this.step.slot !== null;
  }

  /** Counts what is about to take memory, until the attempt's result is taken. */
  async reserve(bytes: number): Promise<void> {
    await this.#claim.take(bytes);
    const { budgets, suspects } = this.env;
    suspects.look(() => budgets.shares(), bytes);
  }

  /** Counts the params, until they are released or the attempt has ended. */
  count(): void {
    this.#countParams(weigh(this.params));
  }

  release(param: string): void {
    delete this.params[param];
    if (this.#paramsHeld !== null) this.count();
  }

  #countParams(bytes: number | null): void {
    this.run.share.hold((bytes ?? 0) - (this.#paramsHeld ?? 0));
    this.#paramsHeld = bytes;
  }

  /** Holds nothing any more. */
  #letGo(): void {
    this.#countParams(null);
    this.#claim.end();
  }

  holdsSecret(text: string): boolean {
    return this.run.secrets.mask(text) !== text;
  }

  workFields(): LogFields {
    const { id, templateName, agentId } = this.run.row;
    return { workflow_id: id, template: templateName, agent_id: agentId };
  }

  scope(source?: string): JsonObject {
    return this.#scope = expressionScope(this.run, { list: this.step.list, source });
  }

  evaluate(request: ExpressionRequest): Json | Promise<Json> {
    // What is wrong with a program is told with any part of it.
    if (this.holdsSecret(request.source)) {
      throw new OpcodeError(
        "VALIDATION_ERROR",
        "the expression holds a secret; it can read one from data, and hold none",
      );
    }
    const party = partyOf(this.run);
    // What is read later may have left memory by then.
    const later = () => {
      if (this.#scope) readSteps(this.#scope);
    };
    const elsewhere = () => {
      later();
      return this.env.evaluate(request, { party, room: this.run.room, signal: this.signal });
    };
    switch (request.engine) {
      case "expr":
        request = { ...request, now: this.env.clock.now() };
        return answerAtOnce(request, { elsewhere, later });
      case "pattern":
        return answerPatternAtOnce(request, elsewhere);
      default:
        return elsewhere();
    }
  }

  violations(schema: string, value: Json): SchemaViolation[] | Promise<SchemaViolation[]> {
    const options = { party: partyOf(this.run), signal: this.signal };
    return this.env.schemas.violations(schema, value, options);
  }

  /** Calls the action; a synchronous result is answered, an asynchronous one is posted. */
  execute(): Result | null {
    try {
      const action = this.step.plan.action!;
      // Here and not only where a run begins: rights change, and templates of others are run.
      const refused = this.env.access.refusesAction(this.agentId, action.name);
      if (refused) throw refused;
      const output = action.execute(this.params, this);
      if (!isThenable(output)) {
        this.#letGo();
        return { ok: true, output };
      }
      if (this.#paramsHeld === null) this.count();
      this.#arm();
      output.then(
        (value) => this.#finished({ ok: true, output: value }),
        (thrown) => this.#finished(failure(thrown)),
      );
      return null;
    } catch (thrown) {
      this.#letGo();
      return failure(thrown);
    }
  }

  /** Runs an external action, its start being committed, as soon as the pool has a slot. */
  launch(): void {
    const { slot } = this.step;
    const start = () => {
      if (!this.live) return slot!.release();
      // What a turn that was lost had let through is let through again.
      if (this.#called) return;
      this.#called = true;
      working(this, this.stepId);
      const result = this.#passBreaker() ?? asClaimant(this, () => this.execute());
      if (result) this.#finished(result);
    };
    slot!.occupy(() => afterNews(this.env.runs, this.run, start));
  }

  /** How long its breaker would refuse the next attempt, in ms. */
  get refusedMs(): number {
    const circuit = circuitOf(this.run, this.step, this.params);
    return circuit ? this.env.breakers.waitMs(circuit) : 0;
  }

  #passBreaker(): Result | null {
    const circuit = circuitOf(this.run, this.step, this.params);
    if (!circuit) return null;
    try {
      this.call = this.env.breakers.enter(circuit);
      return null;
    } catch (refused) {
      return failure(refused);
    }
  }

  /** The attempt has taken too long: that is its result, whatever its action still answers. */
  expire(): ErrorObject {
    const message = `step ${this.step.id} timed out`;
    // It was the author who set the limit.
    this.call?.ended("unknown");
    return { code: "TIMEOUT_ERROR", message };
  }

  /** Gives the attempt up: aborts the action and lets it end by itself within the grace. */
  abandon(reason: string): void {
    if (!this.live) return;
    this.live = false;
    this.call?.ended("unknown");
    this.#disarm?.();
    const slot = this.step.slot;
    this.step.slot = null;
    this.#abort?.abort(new OpcodeError("CANCELLED", reason));
    if (slot?.state !== "running" || !this.#called || this.#settled) {
      // Its action was never called, or has ended.
      if (slot) this.#letGo();
      return slot?.release();
    }
    this.run.lingering++;
    const leave = () => {
      this.#linger = null;
      this.run.lingering--;
      slot.release();
    };
    this.#linger = leave;
    this.#disarm = this.env.clock.after(GRACE_MS, () => {
      leave();
      this.#post({ kind: "continue" });
    });
  }

  #finished(result: Result): void {
    if (this.#settled) return;
    this.#settled = true;
    working(this, this.stepId);
    this.call?.ended(
      result.ok ? "up" : this.step.plan.action!.circuit!.verdict(result.error, this.params),
    );
    this.#disarm?.();
    this.#disarm = null;
    this.#countParams(null);
    if (!this.live) {
      const inGrace = this.#linger !== null;
      this.#linger?.();
      // What ended because it was told to has no result to report.
      const aborted = !result.ok && result.error.code === "CANCELLED";
      if (!inGrace || aborted) {
        this.#claim.end();
        if (inGrace) this.#post({ kind: "continue" });
        return;
      }
    }
    this.#report(result);
  }

  /** Posts the result once there is room for it; until then its slot is taken, so that less comes. */
  #report(result: Result): void {
    const post = (result: Result) => {
      const slot = this.live ? this.step.slot : null;
      if (slot) this.step.slot = null;
      this.#post({ kind: "result", attempt: this, result, claim: this.#claim });
      // Only now: what gets the slot must know that there is news.
      slot?.release();
    };
    const refuse = (thrown: unknown) => {
      this.#claim.end();
      // Given up meanwhile: then it comes late.
      post(this.live ? failure(thrown) : result);
    };
    const held = result.ok ? weigh(result.output) : 0;
    const more = held - this.#claim.bytes;
    if (held === 0) this.#claim.end();
    else if (more < 0) this.#claim.settle(held);
    else {
      try {
        const room = this.#claim.take(more);
        if (room) return void room.then(() => post(result), refuse);
      } catch (refusal) {
        return refuse(refusal);
      }
    }
    post(result);
  }

  #arm(): void {
    const { timeoutMs } = this.step.plan;
    if (timeoutMs === null) return;
    this.#disarm = this.env.clock.after(
      timeoutMs,
      () => this.#post({ kind: "timeout", attempt: this }),
    );
  }

  // What workflow.* actions may ask of their run.

  emit(eventType: string, payload: Json): void {
    this.#record().emitted.push({ event_type: eventType, payload });
  }

  readContext(runId: string): Json | Promise<Json> {
    if (runId === "" || runId === this.runId) {
      contextDataOf(this.run);
      return contextView(this.run);
    }
    return readContext(this.env, this.run, runId);
  }

  updateContext(change: { data?: JsonObject; agentNotes?: string }): void {
    this.#record().context.push(change);
  }

  log(level: LogLevel, message: string, data?: Json): void {
    this.#record().logs.push({ level, message, data });
  }

  notify(message: string, data?: Json): Promise<Notified> {
    const { secrets } = this.run;
    return this.env.notify(this.agentId, {
      message: secrets.mask(message),
      workflow_id: this.runId,
      step_id: this.stepId,
      data: data === undefined ? data : secrets.mask(data),
    });
  }

  #record(): Records {
    return this.records ??= { emitted: [], logs: [], context: [] };
  }
}

function failure(thrown: unknown): Result {
  return { ok: false, error: toErrorObject(thrown), forced: thrown instanceof ForceFail };
}

function isThenable(value: unknown): value is Promise<Json> {
  return typeof (value as Promise<Json> | null)?.then === "function";
}
