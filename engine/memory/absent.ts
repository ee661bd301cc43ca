// How outputs leave memory when room is needed, and come back for a step that reads them.
//
// A run under pressure lets go of outputs whose rows are stored. A step that needs one is parked, as
// for an expression that another thread evaluates, until there is room for all it needs and the store
// has read it; a run that ends waits in the same way for what its own output is made of. What somebody
// waits for is pinned: it stays until that has been read.

import { NotYet } from "../../core/expression.ts";
import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { weighParsed } from "../../core/weigh.ts";
import type { Clock } from "../../core/clock.ts";
import type { Logger } from "../../core/log.ts";
import { patiently } from "../store/away.ts";
import type { Store } from "../store/store.ts";
import type { Budgets } from "./budgets.ts";
import { holdOutput } from "../state/held.ts";
import { Claim } from "./claim.ts";
import type { Fetched, OutputPins, RunState, StepState } from "../state/state.ts";

/** Of an output whose weight nobody knows yet: its text, and a value as large. */
const BYTES_OF_CHARACTER = 2;
/** What outputs may take more than was thought without asking for room again: a part, and bytes. */
const MORE = { part: 1 / 4, bytes: 64 * 1024 };
/** How long after a failed read the outputs are asked for again. */
const AGAIN_MS = 1_000;

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
export function isAbsent(
  { row: { status, outputSeq }, result: { output, sealed } }: StepState,
): boolean {
  return status === "completed" && output === undefined && sealed === null && outputSeq !== null;
}

/** Throws Absent, with all of them, when outputs of these steps are not in memory. */
export function needOutputs(steps: Iterable<StepState>): void {
  const needed = [...steps];
  if (needed.some(isAbsent)) throw new Absent(needed);
}

/** What the reading of outputs leans on. */
export interface OutputPort {
  store: Store;
  budgets: Budgets;
  clock: Clock;
  log: Logger;
}

/** Outputs that somebody is about to read: together they stay in memory until that is done. */
export class Pins implements OutputPins {
  readonly #env: OutputPort;
  readonly #run: RunState;
  readonly #claim: Claim;
  readonly #wanted = new Set<StepState>();
  readonly #pinned = new Set<StepState>();
  #released = false;

  constructor({ env, run }: { env: OutputPort; run: RunState }) {
    this.#env = env;
    this.#run = run;
    this.#claim = new Claim(env.budgets, run.share);
  }

  /**
   * Reads the outputs of these steps that are not in memory, and of those asked for before, once there
   * is room for all of them; a failed read is tried again. Says nothing once the pins are released.
   */
  fetch(steps: readonly StepState[], arrived: (fetched: Fetched) => void): void {
    for (const step of steps) this.#wanted.add(step);
    // Who waits keeps nothing that others wait for.
    this.#unpin();
    this.#fetch().then(
      (texts) => this.#released || arrived({ ok: true, texts }),
      (error) => this.#released || this.#failed(error, { steps, arrived }),
    );
  }

  /** The texts of those that are not there. All stay from when there is room for them. */
  async #fetch(): Promise<Map<StepState, string>> {
    const steps = [...this.#wanted];
    for (;;) {
      const bytes = absentBytes(steps);
      await this.#take(bytes);
      // Some that were there may have left while this waited.
      if (absentBytes(steps) <= bytes) {
        for (const step of steps) this.#pin(step);
        const texts = await this.#read(steps.filter(isAbsent));
        this.#refuseReleased();
        if (this.#suffices(texts, bytes)) return texts;
        this.#unpin();
      }
      this.#claim.settle(0);
    }
  }

  async #read(absent: readonly StepState[]): Promise<Map<StepState, string>> {
    const seqs = absent.map(({ row: { outputSeq } }) => outputSeq!);
    const choice = { outputs: seqs, payloads: [], errors: [] };
    const { store, clock } = this.#env;
    const { outputs } = await patiently(
      clock,
      () => store.runTexts(this.#run.row.runNo, choice),
    );
    return new Map(absent.map((step, i) => [step, outputs[seqs[i]!] ?? "null"]));
  }

  /** Whether there is room for what these will be; if not, it is known from now on how much they take. */
  #suffices(texts: ReadonlyMap<StepState, string>, bytes: number): boolean {
    let parsed = 0;
    for (const [step, text] of texts) {
      const held = weighParsed(text);
      parsed += held;
      if (isAbsent(step)) step.result.outputHeld = held;
    }
    if (parsed > bytes * (1 + MORE.part) + MORE.bytes) return false;
    this.#claim.settle(parsed);
    return true;
  }

  async #take(bytes: number): Promise<void> {
    this.#refuseReleased();
    await this.#claim.take(bytes);
    this.#refuseReleased();
  }

  /** Throws CANCELLED when the pins were released meanwhile: then nothing may be held any more. */
  #refuseReleased(): void {
    if (this.#released) throw new OpcodeError("CANCELLED", "nobody reads the outputs any more");
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
    this.#pinned.add(step);
    step.pinned++;
  }

  /** Puts the outputs back into memory. */
  fill(texts: ReadonlyMap<StepState, string>): void {
    // From here on they are counted as outputs.
    this.#claim.settle(0);
    for (const [step, text] of texts) {
      if (!isAbsent(step)) continue;
      step.result.output = parseJson(text);
      holdOutput(this.#run, step);
    }
  }

  release(): void {
    this.#released = true;
    this.#unpin();
    this.#claim.end();
  }

  #unpin(): void {
    for (const step of this.#pinned) step.pinned--;
    this.#pinned.clear();
    this.#run.share.loosened();
  }
}

/** Nobody is about to read what was fetched for the step any more. */
export function unpin(step: StepState): void {
  step.live.pins?.release();
  step.live.pins = null;
}

/** Roughly what those that are not in memory will take. */
function absentBytes(steps: readonly StepState[]): number {
  let bytes = 0;
  for (const step of steps) if (isAbsent(step)) bytes += bytesOf(step);
  return bytes;
}

/** Roughly what the output will take. */
function bytesOf({ result: { outputHeld, outputSize } }: StepState): number {
  return outputHeld > 0 ? outputHeld : outputSize * BYTES_OF_CHARACTER;
}
