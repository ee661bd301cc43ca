// What the checker is shown of each run of a world: rows straight from the disk, and the calls outside.

import type { RunRecord, Store } from "../../../engine/store/store.ts";
import type { Call, Evidence } from "../check/evidence.ts";
import type { Scenario } from "../generate/scenario.ts";
import { allRuns } from "./rows.ts";

/** Beyond all times, and an integer in every store. */
const EVER = Number.MAX_SAFE_INTEGER;

export async function gather(
  options: {
    store: Store;
    scenario: Scenario;
    calls: readonly Call[];
    /** Wall time, epoch ms. */
    now: number;
    setBackMs: number;
    spreadMs: number;
    /** Whether nothing can move any more by itself. */
    final: boolean;
  },
): Promise<Evidence[]> {
  const { store, scenario, calls, final, ...clocks } = options;
  const { timers } = await store.dueTimers(EVER, 1_000_000);
  const all: Evidence[] = [];
  for (const { definition, record } of await allRuns(store, scenario)) {
    const { id, runNo } = record.run;
    const decisions = await store.listDecisions({ runId: id, limit: 1_000 });
    all.push({
      definition,
      record,
      timers: timers.filter((timer) => timer.runNo === runNo)
        .map(({ key, dueAt }) => ({ key, dueAt })),
      decisions: decisions.rows,
      calls: calls.filter(({ key }) => key.startsWith(`${id}:`)),
      ...clocks,
      final,
      children: {},
    });
  }
  for (const one of all) {
    const { forkedFrom } = one.record.run;
    const from = forkedFrom && (JSON.parse(forkedFrom) as { workflow_id: string }).workflow_id;
    const source = all.find(({ record }) => record.run.id === from);
    Object.assign(one, { children: childrenOf(one.record, all), ...(source && { source }) });
  }
  return all;
}

function childrenOf({ run }: RunRecord, all: readonly Evidence[]): Record<string, Evidence> {
  const children = all.filter(({ record }) => record.run.parentRunNo === run.runNo);
  return Object.fromEntries(children.map((child) => [child.record.run.id, child]));
}
