// Which questions of a run are open, and which step asks each.

import type { DecisionRow } from "../store/store.ts";
import { InOrder } from "./in-order.ts";

/** A step that may ask a question. */
interface Asker {
  decision: DecisionRow | null;
}

export class Asking<Step extends Asker> {
  readonly #steps = new Map<string, Step>();
  readonly #line = new InOrder<DecisionRow>(({ requestedSeq }) => requestedSeq);

  get size(): number {
    return this.#steps.size;
  }

  /** The step asks its `decision`. */
  add(step: Step): void {
    this.#steps.set(step.decision!.id, step);
    this.#line.add(step.decision!);
  }

  close(decision: DecisionRow): void {
    this.#steps.delete(decision.id);
    this.#line.delete(decision);
  }

  /** The step that asks, by the decision's id. */
  get(id: string): Step | undefined {
    return this.#steps.get(id);
  }

  /** At most so many, the newest first. */
  newest(most: number): DecisionRow[] {
    return this.#line.last(most);
  }

  [Symbol.iterator](): Iterator<[id: string, step: Step]> {
    return this.#steps.entries();
  }
}
