// Which types of steps there are, beside action.

import { condition } from "./condition.ts";
import { loop } from "./loop.ts";
import { parallel } from "./parallel.ts";
import { reasoning } from "./reasoning.ts";
import type { StepType } from "./type.ts";
import { wait } from "./wait.ts";

/** In the order in which they are told. */
export const STEP_TYPES: readonly StepType[] = [condition, loop, parallel, wait, reasoning];

const byName = new Map(STEP_TYPES.map((type) => [type.name, type]));

/** The type of this name; undefined for action, and for what is no type. */
export function stepType(name: string | undefined): StepType | undefined {
  return name === undefined ? undefined : byName.get(name);
}
