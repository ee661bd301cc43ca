// How outputs leave memory when room is needed, and come back for a step that reads them.
//
// A run under pressure lets go of outputs whose rows are stored. A step that needs one is parked, as
// for an expression that another thread evaluates, until there is room for all it needs and the store
// has read it; a run that ends waits in the same way for what its own output is made of. What somebody
// waits for is pinned: it stays until that has been read.

import { NotYet } from "../../core/expression.ts";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { weighParsed } from "../../core/weigh.ts";
import type { EngineEnv } from "./env.ts";
import { holdOutput } from "./held.ts";
import { Claim } from "./room.ts";
import type { RunState, StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Of an output whose weight nobody knows yet: its text, and a value as large. */
const BYTES_OF_CHARACTER = 2;
/** How long after a failed read the outputs are asked for again. */
const AGAIN_MS = 1_000;

/** Texts of outputs, or why there are none. */
export type Fetched =
  | { ok: true; texts: ReadonlyMap<StepState, string> }
  | { ok: false; error: OpcodeError };

/** Thrown by whoever reads outputs that are not all in memory; `steps`: whose they are. */
export class Absent extends NotYet {
  readonly steps: readonly StepState[];
  constructor(steps: readonly StepState[]) {
    const some = steps.slice(0, 10).map(({ id }) => id).join(", ");
    super(`outputs that are not in memory: ${some}${steps.length > 10 ? ", …" : ""}`);
    this.name = "Absent";
    this.steps = steps;
  }
}

/** Whether the step has an output that is not in memory. */
export function isAbsent({ status, output, sealed, outputSeq }: StepState): boolean {
  return status === "completed" && output === undefined && sealed === null && outputSeq !== null;
}

/** Throws Absent, with all of them, when outputs of these steps are not in memory. */
export function needOutputs(steps: Iterable<StepState>): void {
  const needed = [...steps];
  if (needed.some(isAbsent)) throw new Absent(needed);
}

/** Outputs that somebody is about to read: together they stay in memory until that is done. */
export class Pins {
  readonly #env: EngineEnv;
  readonly #run: RunState;
  readonly #claim: Claim;
  readonly #steps = new Set<StepState>();
  #released = false;

  constructor({ env, run }: Turn) {
    this.#env = env;
    this.#run = run;
    this.#claim = new Claim(env.budgets, run.share);
  }

  /**
   * Reads the outputs of these steps that are not in memory, once there is room for them; a failed
   * read is tried again. Says nothing once the pins are released.
   */
  fetch(steps: readonly StepState[], arrived: (fetched: Fetched) => void): void {
    this.#fetch(steps).then(
      (texts) => this.#released || arrived({ ok: true, texts }),
      (error) => this.#released || this.#failed(error, { steps, arrived }),
    );
  }

  async #fetch(steps: readonly StepState[]): Promise<Map<StepState, string>> {
    let bytes = 0;
    for (const step of steps) if (isAbsent(step)) bytes += bytesOf(step);
    await this.#take(bytes);
    for (const step of steps) this.#pin(step);
    const absent = steps.filter(isAbsent);
    const seqs = absent.map(({ outputSeq }) => outputSeq!);
    const choice = { outputs: seqs, payloads: [], errors: [] };
    const { outputs } = await this.#env.store.runTexts(this.#run.row.runNo, choice);
    const texts = new Map(absent.map((step, i) => [step, outputs[seqs[i]!] ?? "null"]));
    let parsed = 0;
    for (const text of texts.values()) parsed += weighParsed(text);
    await this.#take(Math.max(0, parsed - bytes));
    return texts;
  }

  /** Rejects with CANCELLED when the pins were released meanwhile. */
  async #take(bytes: number): Promise<void> {
    const cancelled = () => new OpcodeError("CANCELLED", "nobody reads the outputs any more");
    if (this.#released) throw cancelled();
    await this.#claim.take(bytes);
    if (this.#released) throw cancelled();
  }

  #failed(
    error: OpcodeError,
    asked: { steps: readonly StepState[]; arrived: (fetched: Fetched) => void },
  ): void {
    const { steps, arrived } = asked;
    if (error.code === "BUDGET_EXCEEDED") return arrived({ ok: false, error });
    this.#claim.settle(0);
    // The daemon stops: after its next start it is asked for again.
    if (error.code === "BUSY") return;
    const { log, clock } = this.#env;
    const fields = { workflow_id: this.#run.row.id, error: toErrorObject(error).message };
    log.error("reading outputs failed", fields);
    clock.after(AGAIN_MS, () => this.#released || this.fetch(steps, arrived));
  }

  #pin(step: StepState): void {
    if (this.#steps.has(step)) return;
    this.#steps.add(step);
    step.pinned++;
  }

  /** Puts the outputs back into memory. */
  fill(texts: ReadonlyMap<StepState, string>): void {
    // From here on they are counted as outputs.
    this.#claim.settle(0);
    for (const [step, text] of texts) {
      if (!isAbsent(step)) continue;
      step.output = JSON.parse(text) as Json;
      holdOutput(this.#run, step);
    }
  }

  release(): void {
    this.#released = true;
    for (const step of this.#steps) step.pinned--;
    this.#steps.clear();
    this.#run.share.loosened();
    this.#claim.end();
  }
}

/** Nobody is about to read what was fetched for the step any more. */
export function unpin(step: StepState): void {
  step.pins?.release();
  step.pins = null;
}

/** Roughly what the output will take. */
function bytesOf({ outputHeld, outputSize }: StepState): number {
  return outputHeld > 0 ? outputHeld : outputSize * BYTES_OF_CHARACTER;
}
