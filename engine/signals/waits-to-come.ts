// Which waits of a run may yet begin, and which of them data could be for.

import type { SignalRequest } from "../api.ts";
import type { Plan, PlanList, PlanStep } from "../definition/plan.ts";
import { findStep, isUnderWay, type RunState, type StepState } from "../state/state.ts";
import { stepTypeOf } from "../steps/type.ts";

/** A wait step of a definition that waits for a signal. */
interface Waiter {
  plan: PlanStep;
  /** Whether it takes what came before it began. */
  keeps: boolean;
  /** Null when only its start tells. */
  signal: string | null;
  /** The top-level step that it is, or is inside of. */
  root: PlanStep;
}

/** Those of one definition, so that data looks only at what it may be for. */
interface Waiters {
  all: readonly Waiter[];
  byId: ReadonlyMap<string, readonly Waiter[]>;
  bySignal: ReadonlyMap<string | null, readonly Waiter[]>;
}

const waitersOfPlans = new WeakMap<Plan, Waiters>();

function waitersOf(plan: Plan): Waiters {
  let found = waitersOfPlans.get(plan);
  if (!found) {
    const roots = plan.steps.slice(0, plan.topLevel);
    const all = roots.flatMap((root) => waitersIn({ steps: [root] }, root));
    found = {
      all,
      byId: Map.groupBy(all, (waiter) => waiter.plan.id),
      bySignal: Map.groupBy(all, (waiter) => waiter.signal),
    };
    waitersOfPlans.set(plan, found);
  }
  return found;
}

function waitersIn({ steps }: Pick<PlanList, "steps">, root: PlanStep): Waiter[] {
  return steps.flatMap((plan) => {
    const inside = plan.lists.flatMap((list) => waitersIn(list.plan, root));
    const awaited = stepTypeOf(plan)?.awaits?.(plan.config!);
    if (!awaited) return inside;
    const { signal, keeps } = awaited;
    const name = signal?.kind === "scalar" ? String(signal.value) : null;
    return [{ plan, keeps, root, signal: name }];
  });
}

/**
 * Ids, as in the definition, of the waits with `signals: "keep"` that may yet begin and can take this
 * data, which met none: by full or short id, or by the signal's name. One whose name only its start
 * tells can take any that has a name.
 */
export function takersOf(run: RunState, request: SignalRequest): string[] {
  return yetToBegin(run, request, true).map(({ plan }) => plan.id);
}

/**
 * The same of those that do not take what came before they began: by their id as in the definition, the
 * signal that each waits for. One whose name only its start tells is met by its id alone.
 */
export function missersOf(run: RunState, request: SignalRequest): ReadonlyMap<string, string> {
  const found = yetToBegin(run, request, false);
  return new Map(found.map(({ plan, signal }) => [plan.id, signal ?? ""]));
}

/** Names of the signals of waits that may yet begin, as far as they are known, among the last `most` waits. */
export function signalsToCome(run: RunState, most: number): string[] {
  const open = waitersOf(run.plan).all.slice(-most).filter(({ root }) => mayBegin(run, root));
  return [...new Set(open.flatMap(({ signal }) => signal ?? []))];
}

function yetToBegin(run: RunState, request: SignalRequest, keeps: boolean): Waiter[] {
  const found = namedBy(run, request, keeps)
    .filter((waiter) => waiter.keeps === keeps && mayBegin(run, waiter.root));
  return [...new Map(found.map((waiter) => [waiter.plan.id, waiter])).values()];
}

function namedBy(
  run: RunState,
  { step_id, payload = {} }: SignalRequest,
  keeps: boolean,
): readonly Waiter[] {
  const { byId, bySignal } = waitersOf(run.plan);
  const named = step_id === undefined ? undefined : findStep(run, step_id);
  if (named) {
    if (isPast(named) || isUnderWay(named)) return [];
    return (byId.get(named.plan.id) ?? []).filter(({ plan }) => plan === named.plan);
  }
  const names = [payload.signal, payload.name].filter((name) => typeof name === "string");
  const known = names.flatMap((name) => bySignal.get(name) ?? []);
  const unknown = keeps && names.length > 0 ? bySignal.get(null) ?? [] : [];
  return [...step_id === undefined ? [] : byId.get(step_id) ?? [], ...known, ...unknown];
}

function mayBegin(run: RunState, root: PlanStep): boolean {
  return !isPast(run.steps[root.index]!);
}

/** One that failed may be retried. */
function isPast({ row: { status } }: StepState): boolean {
  return status === "completed" || status === "skipped";
}
