// Which steps of a run have a short id: the one that the definition has, whatever is around the step.

import type { Plan, PlanStep } from "../definition/plan.ts";
import { findStep, type RunState, type StepState } from "./state.ts";

/** Where a step stands in its definition. */
interface Spot {
  step: PlanStep;
  /** Null at the top. */
  around: { spot: Spot; namespace: string; repeats: boolean } | null;
}

const spotsOfPlans = new WeakMap<Plan, ReadonlyMap<string, readonly Spot[]>>();

/** Those that there is a state of, in the order of the definition; looks at no other steps. */
export function* stepsCalled(run: RunState, shortId: string): Generator<StepState> {
  for (const spot of spotsOf(run.plan).get(shortId) ?? []) yield* stepsAt(run, spot);
}

function* stepsAt(run: RunState, { step, around }: Spot): Generator<StepState> {
  if (!around) return yield run.steps[step.index]!;
  for (const outer of stepsAt(run, around.spot)) {
    const { namespace, repeats } = around;
    if (!repeats) {
      const inner = findStep(run, `${outer.id}.${namespace}.${step.id}`);
      if (inner) yield inner;
      continue;
    }
    for (let n = 0;; n++) {
      const inner = findStep(run, `${outer.id}.iter_${n}.${step.id}`);
      if (!inner) break;
      yield inner;
    }
  }
}

function spotsOf(plan: Plan): ReadonlyMap<string, readonly Spot[]> {
  let known = spotsOfPlans.get(plan);
  if (known) return known;
  const spots = new Map<string, Spot[]>();
  const visit = (step: PlanStep, around: Spot["around"]): void => {
    const spot = { step, around };
    const others = spots.get(step.id);
    if (others) others.push(spot);
    else spots.set(step.id, [spot]);
    for (const { namespace, repeats, plan: { steps } } of step.lists) {
      for (const inner of steps) visit(inner, { spot, namespace, repeats });
    }
  };
  for (const step of plan.steps) visit(step, null);
  spotsOfPlans.set(plan, known = spots);
  return known;
}
