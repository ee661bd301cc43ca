// What stands in the boxes of a picture.

import { celSource } from "../definition/cel-source.ts";
import type { StepDefinition } from "../definition/types.ts";
import { stepType } from "../steps/types.ts";

/** A box is no place to read long expressions. */
const LONGEST_DETAIL = 48;

/** The id, what the step does, and its guard, a line each. */
export function topLabel(step: StepDefinition): string[] {
  const lines = [clipped(step.id, 80), `(${detail(step)})${retries(step)}`];
  if (step.condition !== undefined) lines.push(`if ${clipped(celSource(step.condition))}`);
  return lines;
}

/** `id (action)`, in one line. */
export function nestedLabel(step: StepDefinition): string[] {
  return [`${clipped(step.id, 80)} (${detail(step)})${retries(step)}`];
}

function retries(step: StepDefinition): string {
  return step.retry && step.retry.max > 0 ? ` ↻${step.retry.max}` : "";
}

function detail(step: StepDefinition): string {
  const type = stepType(step.type);
  return clipped(type ? type.label(step.config ?? {}) : step.action ?? "action");
}

function clipped(text: string, longest = LONGEST_DETAIL): string {
  return text.length > longest ? text.slice(0, longest - 1) + "…" : text;
}
