// In which order the steps of a run are told: that of the definition, iterations by their number.

import type { PlanList, PlanStep } from "../definition/plan.ts";
import type { StepView } from "../store/store.ts";

/** A step with its row, null when it has none. */
export interface ToldStep {
  id: string;
  row: StepView | null;
}

/**
 * Each step of `outermost`, each followed by the rows of what is
 * inside it. Rows that the plan does not know come last.
 */
export function inDefinitionOrder(
  rows: readonly StepView[],
  outermost: readonly PlanStep[],
): ToldStep[] {
  const left = new Map(rows.map((row) => [row.stepId, row]));
  const iterations = countIterations(left.keys());
  const ordered: ToldStep[] = [];
  const visitInside = (list: PlanList, prefix: string): void => {
    for (const step of list.steps) if (left.has(prefix + step.id)) visit(step, prefix);
  };
  const visit = (step: PlanStep, prefix: string): void => {
    const id = prefix + step.id;
    ordered.push({ id, row: left.get(id) ?? null });
    if (!left.delete(id)) return;
    for (const { namespace, repeats, plan } of step.lists) {
      const count = repeats ? iterations.get(id) ?? 0 : 0;
      if (!repeats) visitInside(plan, `${id}.${namespace}.`);
      for (let n = 0; n < count; n++) visitInside(plan, `${id}.iter_${n}.`);
    }
  };
  for (const step of outermost) visit(step, "");
  for (const [id, row] of left) ordered.push({ id, row });
  return ordered;
}

/** How many iterations each loop has steps of, as far as the ids tell. */
function countIterations(ids: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) {
    for (const match of id.matchAll(/\.iter_(\d+)(?=\.)/g)) {
      const loop = id.slice(0, match.index);
      counts.set(loop, Math.max(counts.get(loop) ?? 0, Number(match[1]) + 1));
    }
  }
  return counts;
}
