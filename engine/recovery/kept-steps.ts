// Which steps of a run stay as they are when another run goes on from one of its steps.

import type { StepStatus } from "../../core/status.ts";
import type { Plan, PlanStep } from "../definition/plan.ts";
import { wasTakenAlong } from "../state/given-up.ts";
import { findStep, type RunState, type StepState } from "../state/state.ts";

/** Why a cancelled run's steps are skipped. */
const CANCELLED: ReadonlySet<string> = new Set(["workflow_cancelled", "cancelled_in_flight"]);

export interface ForkPoint {
  /** The run to go on from, as its rows describe it. */
  source: RunState;
  /** What the new run executes. */
  plan: Plan;
  /** Id of a top-level step. */
  fromStep: string;
}

/**
 * Ids of the top-level steps that had settled and do not follow from the step. One that was only
 * given up with its run had not.
 */
export function keptSteps(point: ForkPoint): Set<string> {
  const { source, plan, fromStep } = point;
  const again = startingOver(point, fromStep);
  const kept = new Set<string>();
  for (const step of source.graph.steps) {
    if (step.settled && !again.has(step.id) && !wasGivenUp(step)) kept.add(step.id);
  }
  // A fallback that nobody needed may be needed now.
  const open = plan.steps.slice(0, plan.topLevel).filter(({ id }) => !kept.has(id));
  for (const step of open) {
    for (const { id } of step.calls.map((index) => plan.steps[index]!)) {
      if (!kept.has(id) || findStep(source, id)!.row.detail.reason !== "fallback_not_needed") {
        continue;
      }
      for (const one of startingOver(point, id)) {
        if (kept.delete(one)) open.push(...named(plan, one));
      }
    }
  }
  return kept;
}

/**
 * The top-level steps that had begun, are not kept, and do not follow from the step: they run again
 * because they had not ended well.
 */
export function unaskedSteps(point: ForkPoint, kept: ReadonlySet<string>): StepState[] {
  const again = startingOver(point, point.fromStep);
  return point.source.graph.steps.filter(({ id, row: { status } }) =>
    status !== "pending" && !kept.has(id) && !again.has(id) && named(point.plan, id).length > 0
  );
}

/** The step and all that follows from it: in either plan, for a step may have come between. */
function startingOver({ source, plan }: ForkPoint, from: string): Set<string> {
  const found = new Set([from]);
  const passed = new Set<PlanStep>();
  for (const id of found) {
    for (const each of new Set([source.plan, plan])) {
      for (const step of named(each, id)) {
        const freed = freedBy(source, each, step, passed);
        for (const index of [...step.dependents, ...step.calls, ...freed]) {
          found.add(each.steps[index]!.id);
        }
      }
    }
  }
  return found;
}

/** The top-level step of this name, if there is one. */
function named(plan: Plan, id: string): PlanStep[] {
  const step = plan.byId.get(id);
  return step && step.index < plan.topLevel ? [step] : [];
}

/**
 * Positions of what depends on the steps that a fallback took over from: they are settled by it
 * alone. `passed`: the steps that need no further look.
 */
function freedBy(
  source: RunState,
  plan: Plan,
  fallback: PlanStep,
  passed: Set<PlanStep>,
): number[] {
  const freed: number[] = [];
  const line = [fallback];
  for (const step of line) {
    const called = isOneOf(["completed", "failed"], findStep(source, step.id));
    for (const caller of step.callers.map((index) => plan.steps[index]!)) {
      const failed = isOneOf(["failed"], findStep(source, caller.id));
      // A step inside it may have failed.
      if (!failed && !(called && caller.type) || passed.has(caller)) continue;
      freed.push(...caller.dependents);
      if (!failed) continue;
      passed.add(caller);
      line.push(caller);
    }
  }
  return freed;
}

function isOneOf(statuses: StepStatus[], step: StepState | undefined): boolean {
  return step !== undefined && statuses.includes(step.row.status);
}

function wasGivenUp(step: StepState): boolean {
  return wasTakenAlong(step) || CANCELLED.has(step.row.detail.reason ?? "");
}
