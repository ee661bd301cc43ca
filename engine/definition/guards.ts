// What the conditions around a step ask about before it begins.

import { celReads, inputsAsked } from "../interpolate/references.ts";
import { celSource } from "./cel-source.ts";
import { stepType } from "../steps/types.ts";
import type { StepNode } from "./node.ts";

export interface Guards {
  /** Whether a condition of the step, or of one around it, asks about the step of this id. */
  ask(node: StepNode, id: string): boolean;
  /** Whether one reads the step of this id at all: it fails by itself where there is nothing to read. */
  read(node: StepNode, id: string): boolean;
  /** Whether one reads the input of this name, or asks whether there is one. */
  readInput(node: StepNode, name: string): boolean;
  /** Whether one says what this condition does, or at least looks at all that it looks at. */
  cover(node: StepNode, condition: string): boolean;
}

/** What the conditions of one step name. */
interface Named {
  sources: string[];
  asked: ReadonlySet<string>;
  steps: ReadonlySet<string>;
  inputs: ReadonlySet<string>;
  /** Each read as a path. */
  paths: ReadonlySet<string>;
}

/** A condition is taken apart once, when somebody asks about its step or one inside it. */
export function createGuards(): Guards {
  const known = new Map<StepNode, Named>();
  const namedBy = (node: StepNode): Named => {
    let named = known.get(node);
    if (!named) known.set(node, named = namedIn(conditionsOf(node)));
    return named;
  };
  const some = (node: StepNode, is: (named: Named) => boolean): boolean => {
    for (let at: StepNode | undefined = node; at; at = at.list.parent) {
      if (is(namedBy(at))) return true;
    }
    return false;
  };
  return {
    ask: (node, id) => some(node, ({ asked }) => asked.has(id)),
    read: (node, id) => some(node, ({ steps }) => steps.has(id)),
    readInput: (node, name) => some(node, ({ inputs }) => inputs.has(name)),
    cover(node, condition) {
      const { sources: [source], paths } = namedIn([celSource(condition)]);
      return some(node, (named) => {
        if (named.sources.some((one) => one.includes(source!))) return true;
        return paths.size > 0 && [...paths].every((path) => named.paths.has(path));
      });
    },
  };
}

function namedIn(sources: string[]): Named {
  const reads = sources.flatMap(celReads);
  const keysOf = (wanted: string) =>
    reads.filter(({ namespace }) => namespace === wanted).map(({ keys }) => keys[0]!);
  const asked = reads.filter(({ namespace, guarded }) => namespace === "steps" && guarded);
  return {
    sources,
    asked: new Set(asked.map(({ keys }) => keys[0]!)),
    steps: new Set(keysOf("steps")),
    inputs: new Set([...keysOf("inputs"), ...sources.flatMap(inputsAsked)]),
    paths: new Set(reads.map(({ namespace, keys }) => [namespace, ...keys].join("."))),
  };
}

/** What must hold for the step, or something in it, to run. */
function conditionsOf({ step }: StepNode): string[] {
  const texts = [step.condition, ...stepType(step.type)?.guards?.(step.config ?? {}) ?? []];
  return texts.filter((text) => typeof text === "string").map(celSource);
}
