// Which lines stand for the steps of a run: sub-steps under their parents, repetitions as one line.

import { isStepOver } from "../core/status.ts";
import type { StepState } from "../engine/api.ts";

/** Repetitions of one step that are shown one by one. */
const MOST_ALIKE = 5;

export interface StepRow {
  /** Full id; with `iter_*` and `branch_*` when the line stands for several. */
  id: string;
  status: string;
  /** The step; undefined when the line stands for several. */
  step?: StepState;
}

/** The id of a step whatever iteration or branch it is in. */
export function generalId(id: string): string {
  return id.replace(/(?<=\.)(iter|branch)_\d+(?=\.)/g, "$1_*");
}

/**
 * One line a step. Of steps that differ only in their iteration or branch, when there are many, one
 * line counts the statuses, and those that failed or are open follow, a few of them.
 */
export function stepRows(steps: readonly StepState[]): StepRow[] {
  const alike = new Map<string, StepState[]>();
  for (const step of steps) {
    const id = generalId(step.step_id);
    const known = alike.get(id);
    if (known) known.push(step);
    else alike.set(id, [step]);
  }
  const rows: StepRow[] = [];
  const one = (step: StepState) => rows.push({ id: step.step_id, status: step.status, step });
  for (const step of underParents(steps)) {
    const id = generalId(step.step_id);
    const all = alike.get(id)!;
    if (all.length <= MOST_ALIKE) one(step);
    else if (step === all[0]) {
      rows.push({ id, status: counts(all) });
      all.filter(({ status }) => !isStepOver(status) || status === "failed").slice(0, MOST_ALIKE)
        .forEach(one);
    }
  }
  return rows;
}

/** `998 completed, 2 failed`. */
function counts(steps: readonly StepState[]): string {
  const found = new Map<string, number>();
  for (const { status } of steps) found.set(status, (found.get(status) ?? 0) + 1);
  return [...found].map(([status, count]) => `${count} ${status}`).join(", ");
}

/** The same steps, each followed by those inside it. */
function underParents(steps: readonly StepState[]): StepState[] {
  const ids = new Set(steps.map(({ step_id }) => step_id));
  const inside = new Map<string | undefined, StepState[]>();
  for (const step of steps) {
    const parent = parentOf(step.step_id, ids);
    const known = inside.get(parent);
    if (known) known.push(step);
    else inside.set(parent, [step]);
  }
  const ordered: StepState[] = [];
  const visit = (step: StepState) => {
    ordered.push(step);
    inside.get(step.step_id)?.forEach(visit);
  };
  inside.get(undefined)?.forEach(visit);
  return ordered;
}

/** The nearest of the ids that the step is inside of: `parent.<branch or iteration>.<id>`. */
function parentOf(id: string, ids: ReadonlySet<string>): string | undefined {
  let at = id.lastIndexOf(".");
  while ((at = at > 0 ? id.lastIndexOf(".", at - 1) : -1) > 0) {
    if (ids.has(id.slice(0, at))) return id.slice(0, at);
  }
  return undefined;
}
