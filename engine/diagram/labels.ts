// What stands in the boxes of a picture.

import type { Json } from "../../core/json.ts";
import { celSource } from "../definition/cel-source.ts";
import { typeOf } from "../definition/tree.ts";
import type {
  ConditionConfig,
  LoopConfig,
  ParallelConfig,
  ReasoningConfig,
  StepDefinition,
  WaitConfig,
} from "../definition/types.ts";

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
  const config = step.config as unknown;
  switch (typeOf(step)) {
    case "action":
      return clipped(step.action ?? "action");
    case "condition":
      return clipped(celSource((config as ConditionConfig).expression));
    case "loop":
      return clipped(loopDetail(config as LoopConfig));
    case "parallel":
      return `parallel, ${(config as ParallelConfig).mode ?? "all"}`;
    case "wait":
      return clipped(waitDetail(config as WaitConfig));
    case "reasoning":
      return clipped(optionsDetail(config as ReasoningConfig));
  }
}

function loopDetail({ mode, over, condition, max_iter = 0 }: LoopConfig): string {
  const most = max_iter > 0 ? `at most ${max_iter}, ` : "";
  if (mode === "while" || mode === "until") return `${most}${mode} ${celSource(condition ?? "")}`;
  return `${most}for each of ${listed(over)}`;
}

function listed(over: Json | undefined): string {
  return typeof over === "string" ? celSource(over) : JSON.stringify(over);
}

function waitDetail({ duration, signal }: WaitConfig): string {
  if (signal === undefined) return `wait ${duration}`;
  return `signal ${signal}${duration === undefined ? "" : `, at most ${duration}`}`;
}

function optionsDetail({ options }: ReasoningConfig): string {
  return options?.length ? options.map(({ id }) => id).join(" or ") : "any answer";
}

function clipped(text: string, longest = LONGEST_DETAIL): string {
  return text.length > longest ? text.slice(0, longest - 1) + "…" : text;
}
