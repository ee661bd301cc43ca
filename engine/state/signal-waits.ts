// Which steps of a run wait for a signal, by what a signal may call them.
//
// Derived from the steps: a step is here from when it begins to wait until it ends or is put back.
// A signal looks only at what it names, however many others wait.

import { InOrder } from "./in-order.ts";

/** A step as far as a signal may call it. */
interface Waiting {
  readonly order: number;
  readonly plan: { readonly id: string };
}

const NONE: ReadonlySet<never> = new Set();

export class SignalWaits<Step extends Waiting> {
  readonly #line = new InOrder<Step>(({ order }) => order);
  /** The signal of each; null while it is masked. */
  readonly #signals = new Map<Step, string | null>();
  readonly #bySignal = new Map<string, Set<Step>>();
  readonly #byShortId = new Map<string, Set<Step>>();
  readonly #masked = new Set<Step>();

  /** `signal`: null when what is known of it is masked. */
  add(step: Step, signal: string | null): void {
    this.delete(step);
    this.#line.add(step);
    this.#signals.set(step, signal);
    join(this.#byShortId, step.plan.id, step);
    if (signal === null) this.#masked.add(step);
    else join(this.#bySignal, signal, step);
  }

  delete(step: Step): void {
    const signal = this.#signals.get(step);
    if (signal === undefined) return;
    this.#line.delete(step);
    this.#signals.delete(step);
    this.#masked.delete(step);
    leave(this.#byShortId, step.plan.id, step);
    if (signal !== null) leave(this.#bySignal, signal, step);
  }

  has(step: Step): boolean {
    return this.#signals.has(step);
  }

  /** Those that wait for the signal, save the ones whose signal is masked. */
  ofSignal(signal: string): ReadonlySet<Step> {
    return this.#bySignal.get(signal) ?? NONE;
  }

  ofShortId(id: string): ReadonlySet<Step> {
    return this.#byShortId.get(id) ?? NONE;
  }

  /** Those whose signal is masked: it has to be opened before `ofSignal` tells of them. */
  masked(): Step[] {
    return [...this.#masked];
  }

  /** At most so many, in the order of the run's steps. */
  first(most: number): Step[] {
    return this.#line.first(most);
  }
}

function join<Step>(groups: Map<string, Set<Step>>, name: string, step: Step): void {
  const group = groups.get(name);
  if (group) group.add(step);
  else groups.set(name, new Set([step]));
}

function leave<Step>(groups: Map<string, Set<Step>>, name: string, step: Step): void {
  const group = groups.get(name)!;
  group.delete(step);
  if (group.size === 0) groups.delete(name);
}
