// How large things may be; each is a setting, except the three that say they are fixed.

import { getHeapStatistics } from "node:v8";
import type { BudgetLimits } from "./memory/budgets.ts";

export interface Limits extends BudgetLimits {
  /** Steps in one definition, at all depths. */
  maxSteps: number;
  /** Nesting depth; top-level steps are depth 1. Fixed. */
  maxDepth: number;
  /** Bytes of a definition's JSON. */
  maxDefinition: number;
  /** Bytes of one step's output as JSON. */
  maxStepOutput: number;
  /** How deep `workflow.run` may nest. Fixed. */
  maxRunDepth: number;
  /** Runs below one that nothing started, at all depths, that may be unfinished at once. Fixed. */
  maxDescendants: number;
}

/** Of the heap: runs work with copies of what they hold, and others need memory too. */
const SHARE_OF_HEAP = 0.3;

export const DEFAULT_LIMITS: Limits = {
  maxSteps: 10_000,
  maxDepth: 16,
  maxDefinition: 4 * 1024 * 1024,
  maxStepOutput: 16 * 1024 * 1024,
  maxRunDepth: 10,
  // As many as the largest definition has steps.
  maxDescendants: 10_000,
  ...memoryBudgets(),
  runSteps: 1_000_000,
};

/** Budgets of bytes: as given, the others derived from what this process's heap may grow to. */
export function memoryBudgets(
  given: { runBytes?: number; agentBytes?: number; totalBytes?: number } = {},
): Pick<BudgetLimits, "runBytes" | "agentBytes" | "totalBytes"> {
  const heap = getHeapStatistics().heap_size_limit;
  const totalBytes = given.totalBytes || Math.floor(SHARE_OF_HEAP * heap);
  const agentBytes = given.agentBytes || Math.floor(totalBytes / 2);
  return { totalBytes, agentBytes, runBytes: given.runBytes || Math.floor(agentBytes / 2) };
}
