// Where a step is being generated: what surrounds it, and what it may read and fall back to.

import type { StepDefinition } from "../../../engine/definition/types.ts";
import { type StepType, typeOf } from "../step-type.ts";
import { Draw } from "../../support/generate/values.ts";

/** A step that is surely settled before the step that is being generated starts. */
export interface Earlier {
  id: string;
  type: StepType;
  /** Whether its output has `attempt` and `value`. */
  sim: boolean;
  /** Whether `value` is a list when the step completes. */
  list: boolean;
}

/** The fallback steps of one list: asked for by its steps and those in them, generated after them. */
export class FallbackDesk {
  readonly ids: string[] = [];
  /** Ids of the list's own steps that may call each fallback. */
  readonly callers = new Map<string, Set<string>>();
  generated = 0;
}

export interface Place {
  /** Depth of the list's steps; top-level steps are depth 1. */
  depth: number;
  before: readonly Earlier[];
  inLoop: boolean;
  /** Whether something around the steps has a time limit, so that a hanging action ends. */
  bounded: boolean;
  hook: boolean;
  /** Inside a fallback only new fallbacks may be called, so that none calls itself. */
  inFallback: boolean;
  /** Innermost first; the last one is the top list's. */
  desks: readonly FallbackDesk[];
  /** The top-level step that holds this place; empty at the top. */
  top: string;
}

/** Generates the steps of a list inside a step; `must`: the type of its first one. */
type Sequence = (
  place: Place,
  shop: Workshop,
  options: { must?: StepType | undefined },
) => StepDefinition[];

/** What a definition under construction shares at all depths. */
export class Workshop {
  readonly draw: Draw;
  /** The template to run as a child; null when there is none. */
  readonly child: string | null;
  /** Pairs of (parent type, child type) that should come about, as far as there is room. */
  readonly wishes: [StepType, StepType][];
  readonly #sequence: Sequence;
  #left: number;
  #lastId = 0;

  constructor(options: {
    draw: Draw;
    child: string | null;
    wishes: [StepType, StepType][];
    maxSteps: number;
    sequence: Sequence;
  }) {
    this.draw = options.draw;
    this.child = options.child;
    this.wishes = options.wishes;
    this.#left = options.maxSteps;
    this.#sequence = options.sequence;
  }

  /** The steps of a list inside the step that is being generated. */
  sequence(place: Place, options: { must?: StepType | undefined }): StepDefinition[] {
    return this.#sequence(place, this, options);
  }

  /** How many more steps there may be. */
  get left(): number {
    return this.#left;
  }

  /** A new id: unique in the definition, so that a short id means one step. */
  newId(prefix: string): string {
    this.#left--;
    return `${prefix}${++this.#lastId}`;
  }

  /** The child type of the next wish for this parent type that may be, which then counts as granted. */
  grant(parent: StepType, mayBe: (child: StepType) => boolean): StepType | undefined {
    const at = this.wishes.findIndex(([type, child]) => type === parent && mayBe(child));
    return at < 0 ? undefined : this.wishes.splice(at, 1)[0]![1];
  }
}

/** One of the items; those with twice the weight come twice as often. */
export function weighted<T>(draw: Draw, weights: readonly (readonly [T, number])[]): T {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let at = draw.int(0, total - 1);
  for (const [item, weight] of weights) {
    if (at < weight) return item;
    at -= weight;
  }
  throw new Error("weights are positive integers");
}

/** How the steps after this one see it. */
export function earlier(step: StepDefinition): Earlier {
  const type = typeOf(step);
  const sim = type === "action" && step.action!.startsWith("sim.");
  return { id: step.id, type, sim, list: sim && Array.isArray(step.params!.value) };
}
