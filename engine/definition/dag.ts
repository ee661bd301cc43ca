// In which order steps that depend on each other can run, and which of them never can.

/** What a step must have to be a node; dependencies on unknown ids are ignored. */
export interface GraphStep {
  id: string;
  depends_on?: readonly string[];
}

export interface Order {
  /** The ids of all steps that can run, dependencies first. */
  order: string[];
  /** By id: 0 for roots, else one more than the highest of its dependencies. */
  levels: Map<string, number>;
}

/**
 * Kahn's algorithm (1962). Roots start sorted by id and the dependents of a step follow in the
 * order of their ids, so the answer does not depend on the order of definition. Steps on a cycle,
 * and steps behind one, are left out.
 */
export function topologicalOrder(steps: readonly GraphStep[]): Order {
  const sorted = [...steps].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const ids = new Set(sorted.map((step) => step.id));
  const open = new Map<string, number>();
  const dependents = new Map<string, string[]>();
  for (const { id, depends_on } of sorted) {
    const needs = [...new Set(depends_on)].filter((need) => ids.has(need));
    open.set(id, needs.length);
    for (const need of needs) {
      const list = dependents.get(need);
      if (list) list.push(id);
      else dependents.set(need, [id]);
    }
  }
  const order = sorted.filter(({ id }) => open.get(id) === 0).map(({ id }) => id);
  const levels = new Map(order.map((id) => [id, 0]));
  for (const id of order) {
    const next = levels.get(id)! + 1;
    for (const dependent of dependents.get(id) ?? []) {
      levels.set(dependent, Math.max(levels.get(dependent) ?? 0, next));
      const left = open.get(dependent)! - 1;
      open.set(dependent, left);
      if (left === 0) order.push(dependent);
    }
  }
  const runnable = new Set(order);
  for (const id of levels.keys()) if (!runnable.has(id)) levels.delete(id);
  return { order, levels };
}

/** The ids level by level, each level in topological order; steps on a cycle are left out. */
export function levels(steps: readonly GraphStep[]): string[][] {
  const { order, levels } = topologicalOrder(steps);
  const rows: string[][] = [];
  for (const id of order) (rows[levels.get(id)!] ??= []).push(id);
  return rows;
}

/** Cycles that one list of steps is told of. */
const MOST_CYCLES = 20;

/**
 * Cycles in definition order as ids, each depending on the next and the last on the first:
 * `["a"]` depends on itself. Yields after each. Without the last edge of each, and at most twenty, no cycle is left.
 */
export function* findCycles(steps: readonly GraphStep[]): Generator<void, string[][]> {
  const cycles: string[][] = [];
  let left = steps;
  for (let cycle = findCycle(left); cycle; cycle = findCycle(left)) {
    cycles.push(cycle);
    yield;
    if (cycles.length === MOST_CYCLES) break;
    const [first, last] = [cycle[0]!, cycle.at(-1)!];
    left = left.map((step) =>
      step.id === last
        ? { id: last, depends_on: step.depends_on!.filter((need) => need !== first) }
        : step
    );
  }
  return cycles;
}

/** The first cycle in definition order. */
function findCycle(steps: readonly GraphStep[]): string[] | undefined {
  const { order } = topologicalOrder(steps);
  if (order.length === steps.length) return undefined;
  const done = new Set(order);
  const stuck = new Map(steps.filter(({ id }) => !done.has(id)).map((step) => [step.id, step]));
  // Every stuck step has a stuck dependency, so following these must come round.
  const first = steps.find(({ id }) => stuck.has(id))!;
  const seen = new Map<string, number>();
  const trail: string[] = [];
  let id = first.id;
  while (!seen.has(id)) {
    seen.set(id, trail.length);
    trail.push(id);
    id = stuck.get(id)!.depends_on!.find((need) => stuck.has(need))!;
  }
  return trail.slice(seen.get(id));
}
