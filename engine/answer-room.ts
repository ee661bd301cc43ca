// What of a run fits into one answer: which steps, which of their outputs, which texts.

import type { StepStatus } from "../core/status.ts";
import { isUnfinished } from "./state/unfinished.ts";

/** Characters of JSON that an answer about a run may have beside the run's own output. */
export const LARGEST_ANSWER = 1024 * 1024;

/**
 * Bytes of JSON of a run's own output, or of one event's payload, that an answer has; more where a
 * single step may put out more.
 */
export const LARGEST_OUTPUT = 16 * 1024 * 1024;

/**
 * Characters that the bare steps take in an answer about a run that waits: to each of thousands of
 * answers to its questions all of them would be told again.
 */
const WAITING_STEPS = 64 * 1024;

/** What a step without output and error takes besides its id, which it has twice. */
const BARE_STEP = 320;
/** Where so few characters are left, no shorter step is looked for among all that follow. */
const LITTLE = 1_024;

/** A step as far as it matters here; sizes are characters of JSON. */
export interface MeasuredStep {
  id: string;
  status: StepStatus;
  isNested: boolean;
  outputSize: number;
  errorSize: number;
}

export interface StepChoice {
  shows(id: string): boolean;
  /** Outputs up to this size are shown. */
  mostOutput: number;
  /** Whether anything is left out. */
  truncated: boolean;
}

const EVERYTHING: StepChoice = { shows: () => true, mostOutput: Infinity, truncated: false };

/**
 * Chooses among the steps, which come by rank (`byRank`): the first may take three quarters of the
 * room, and the smallest outputs the rest. `waits`: whether the run waits for somebody; then few
 * steps are shown. It asks for no more of them than it may show, save to know that all fit.
 */
export function chooseSteps(
  steps: Iterable<MeasuredStep>,
  room: number,
  { waits = false }: { waits?: boolean } = {},
): StepChoice {
  const shown = new Set<string>();
  const outputs: number[] = [];
  const most = waits ? Math.min(room * 0.75, WAITING_STEPS) : room * 0.75;
  let total = 0;
  let bare = 0;
  let size = 0;
  let isCut = false;
  for (const step of steps) {
    const own = bareSize(step);
    bare += own;
    total += own + step.outputSize;
    isCut = total > room || (waits && bare > WAITING_STEPS);
    if (size + own <= most) {
      size += own;
      shown.add(step.id);
      outputs.push(step.outputSize);
    } else if (isCut && most - size < LITTLE) break;
  }
  if (!isCut) return EVERYTHING;
  return {
    shows: (id) => shown.has(id),
    mostOutput: largestThatFit(outputs, room - size),
    truncated: true,
  };
}

function bareSize({ id, errorSize }: MeasuredStep): number {
  return BARE_STEP + 2 * id.length + errorSize;
}

/** Steps that failed or are open first, then top-level steps, then the others; each in their order. */
export function byRank<T extends Pick<MeasuredStep, "status" | "isNested">>(
  steps: readonly T[],
): T[] {
  const ranks: T[][] = [[], [], []];
  for (const step of steps) {
    const rank = isUnfinished(step.status) ? 0 : step.isNested ? 2 : 1;
    ranks[rank]!.push(step);
  }
  return ranks.flat();
}

/** The size up to which all of these fit into the room together. */
export function largestThatFit(sizes: readonly number[], room: number): number {
  let total = 0;
  for (const size of sizes.toSorted((a, b) => a - b)) {
    total += size;
    if (total > room) return size - 1;
  }
  return Infinity;
}
