// One attempt of a step: its call, its abort, its time limit and its late result.

import { asClaimant } from "../../core/descriptors.ts";
import { type ErrorObject, ForceFail, toErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { LogFields } from "../../core/log.ts";
import { weigh } from "../../core/weigh.ts";
import { type Worker, working } from "../../core/working.ts";
import type { Access } from "../access.ts";
import { type ActionPort, type Records, StepContext } from "./action-context.ts";
import { AttemptMemory, type MemoryPort } from "./attempt-memory.ts";
import type { BreakerCall, Breakers } from "./breaker.ts";
import { circuitOf } from "./circuit.ts";
import { afterNews, type RunsInMemory } from "./after-news.ts";
import type { Claim } from "../memory/claim.ts";
import type { AttemptInFlight } from "../state/in-flight.ts";
import type { RunState, StepState } from "../state/state.ts";
import { stepTimedOut } from "../state/timed-out.ts";

/** How long an aborted action may take to give its slot back. */
const GRACE_MS = 5_000;

/** What calls of actions lean on. */
export interface CallPort extends ActionPort, MemoryPort {
  /** What the workflows of agents with an identity may do. */
  access: Access;
  breakers: Breakers;
  runs: RunsInMemory;
}

export type Result = { ok: true; output: Json } | {
  ok: false;
  error: ErrorObject;
  forced: boolean;
};

/** What an attempt tells its run. */
export type AttemptNews =
  /** `claim`: what the result is counted with until it is taken. */
  | { kind: "result"; attempt: Attempt; result: Result; claim: Claim }
  | { kind: "timeout"; attempt: Attempt }
  /** More of the last turn is left to do. */
  | { kind: "continue" };

export class Attempt implements Worker, AttemptInFlight {
  readonly run: RunState;
  readonly step: StepState;
  /** Resolved and checked. */
  readonly params: JsonObject;
  readonly #port: CallPort;
  readonly #context: StepContext;
  readonly #memory: AttemptMemory;
  /** False once the engine has given the attempt up: its result is then late. */
  live = true;
  /** An external action's passage through its circuit breaker. */
  call: BreakerCall | null = null;
  #post: (news: AttemptNews) => void;
  #disarm: (() => void) | null = null;
  /** An external action, or its refusal by the breaker. */
  #called = false;
  #settled = false;
  /** While an aborted action still holds its slot: gives it back. */
  #linger: (() => void) | null = null;

  constructor(
    port: CallPort,
    run: RunState,
    step: StepState,
    params: JsonObject,
    post: (news: AttemptNews) => void,
  ) {
    this.#port = port;
    this.run = run;
    this.step = step;
    this.params = params;
    this.#post = post;
    this.#memory = new AttemptMemory(port, run, params);
    this.#context = new StepContext(port, { run, step, memory: this.#memory });
  }

  get stepId(): string {
    return this.step.id;
  }
  /** Its number: an earlier one of the step may still report. */
  get attempt(): number {
    return this.#context.attempt;
  }
  get agentId(): string {
    return this.run.row.agentId;
  }
  /** What its action asked to be written with its result. */
  get records(): Records | null {
    return StepContext.recordsOf(this.#context);
  }

  /** Whether its action is external and has yet to be called, for it waits for a slot. */
  get waits(): boolean {
    return !this.#called && this.step.live.slot !== null;
  }

  /** Counts the params, until they are released or the attempt has ended. */
  count(): void {
    this.#memory.countParams();
  }

  workFields(): LogFields {
    const { id, templateName, agentId } = this.run.row;
    return { workflow_id: id, template: templateName, agent_id: agentId };
  }

  /** Calls the action; a synchronous result is answered, an asynchronous one is posted. */
  execute(): Result | null {
    try {
      const action = this.step.plan.action!;
      // Here and not only where a run begins: rights change, and templates of others are run.
      const refused = this.#port.access.refusesAction(this.agentId, action.name);
      if (refused) throw refused;
      const output = action.execute(this.params, this.#context);
      if (!isThenable(output)) {
        this.#memory.letGo();
        return { ok: true, output };
      }
      this.#memory.countParams();
      this.#arm();
      output.then(
        (value) => this.#finished({ ok: true, output: value }),
        (thrown) => this.#finished(failure(thrown)),
      );
      return null;
    } catch (thrown) {
      this.#memory.letGo();
      return failure(thrown);
    }
  }

  /** Runs an external action, its start being committed, as soon as the pool has a slot. */
  launch(): void {
    const { live: { slot } } = this.step;
    const start = () => {
      if (!this.live) return slot!.release();
      // What a turn that was lost had let through is let through again.
      if (this.#called) return;
      // Whoever has the run by now says of this attempt that it was interrupted.
      const unsure = this.#port.store.ownership?.sure();
      if (unsure) return void unsure.then(start);
      this.#called = true;
      working(this, this.stepId);
      const result = this.#passBreaker() ?? asClaimant(this.#context, () => this.execute());
      if (result) this.#finished(result);
    };
    slot!.occupy(() => afterNews(this.#port.runs, this.run, start));
  }

  /** How long its breaker would refuse the next attempt, in ms. */
  get refusedMs(): number {
    const circuit = circuitOf(this.run, this.step, this.params);
    return circuit ? this.#port.breakers.waitMs(circuit) : 0;
  }

  #passBreaker(): Result | null {
    const circuit = circuitOf(this.run, this.step, this.params);
    if (!circuit) return null;
    try {
      this.call = this.#port.breakers.enter(circuit);
      return null;
    } catch (refused) {
      return failure(refused);
    }
  }

  /** The attempt has taken too long: that is its result, whatever its action still answers. */
  expire(): ErrorObject {
    const message = stepTimedOut(this.step);
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
    const slot = this.step.live.slot;
    this.step.live.slot = null;
    StepContext.abort(this.#context, reason);
    if (slot?.state !== "running" || !this.#called || this.#settled) {
      // Its action was never called, or has ended.
      if (slot) this.#memory.letGo();
      return slot?.release();
    }
    this.run.lingering++;
    const leave = () => {
      this.#linger = null;
      this.run.lingering--;
      slot.release();
    };
    this.#linger = leave;
    this.#disarm = this.#port.clock.after(GRACE_MS, () => {
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
    this.#memory.dropParams();
    if (!this.live) {
      const inGrace = this.#linger !== null;
      this.#linger?.();
      // What ended because it was told to has no result to report.
      const aborted = !result.ok && result.error.code === "CANCELLED";
      if (!inGrace || aborted) {
        this.#memory.claim.end();
        if (inGrace) this.#post({ kind: "continue" });
        return;
      }
    }
    this.#report(result);
  }

  /** Posts the result once there is room for it; until then its slot is taken, so that less comes. */
  #report(result: Result): void {
    const post = (result: Result) => {
      const slot = this.live ? this.step.live.slot : null;
      if (slot) this.step.live.slot = null;
      this.#post({ kind: "result", attempt: this, result, claim: this.#memory.claim });
      // Only now: what gets the slot must know that there is news.
      slot?.release();
    };
    const refuse = (thrown: unknown) => {
      this.#memory.claim.end();
      // Given up meanwhile: then it comes late.
      post(this.live ? failure(thrown) : result);
    };
    const held = result.ok ? weigh(result.output) : 0;
    const more = held - this.#memory.claim.bytes;
    if (held === 0) this.#memory.claim.end();
    else if (more < 0) this.#memory.claim.settle(held);
    else {
      try {
        const room = this.#memory.claim.take(more);
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
    this.#disarm = this.#port.clock.after(
      timeoutMs,
      () => this.#post({ kind: "timeout", attempt: this }),
    );
  }
}

function failure(thrown: unknown): Result {
  return { ok: false, error: toErrorObject(thrown), forced: thrown instanceof ForceFail };
}

function isThenable(value: unknown): value is Promise<Json> {
  return typeof (value as Promise<Json> | null)?.then === "function";
}
