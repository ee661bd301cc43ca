// What is wrong with a world that has come to rest: each run by itself, and all of it together.

import type { DueTimer, Store } from "../../../engine/store/store.ts";
import { checkRun } from "../check/check.ts";
import type { Evidence } from "../check/evidence.ts";
import { checkHeard, checkOrders, checkSent, checkTold } from "./promises.ts";
import { allRuns } from "./rows.ts";
import type { World } from "./world.ts";

/** Beyond all times, and an integer in every store. */
const EVER = Number.MAX_SAFE_INTEGER;

export async function judge(
  world: World,
  store: Store,
): Promise<{ faults: string[]; evidence: Evidence[] }> {
  const evidence = await gather(world, store);
  const records = evidence.map(({ record }) => record);
  const faults = [
    ...world.faults,
    ...world.clients.faults,
    ...checkOrders(world.clients, records),
    ...checkSent(world.clients.signals, records),
    ...checkTold(world.clients, records),
    ...checkHeard(world.heard, records),
    ...checkStrayCalls(world, evidence),
    ...checkOverdue(evidence),
  ];
  for (const one of evidence) {
    const { id, templateName } = one.record.run;
    faults.push(...checkRun(one).map((fault) => `${templateName} ${id}: ${fault}`));
  }
  return { faults, evidence };
}

async function gather(world: World, store: Store): Promise<Evidence[]> {
  const { scheduler, calls } = world;
  const { timers } = await store.claimDue(EVER, 1_000_000);
  const all: Evidence[] = [];
  for (const { definition, record } of await allRuns(store, world.scenario)) {
    const { id, runNo } = record.run;
    const decisions = await store.listDecisions({ runId: id, limit: 1_000 });
    all.push({
      definition,
      record,
      timers: timers.filter((timer: DueTimer) => timer.runNo === runNo)
        .map(({ key, dueAt }) => ({ key, dueAt })),
      decisions: decisions.rows,
      calls: calls.filter(({ key }) => key.startsWith(`${id}:`)),
      now: scheduler.now,
      // What hangs until a far deadline may still move by itself.
      final: calls.every(({ ended }) => ended !== "open"),
      children: {},
    });
  }
  for (const parent of all) {
    const children = all.filter(({ record }) => record.run.parentRunNo === parent.record.run.runNo);
    Object.assign(
      parent,
      { children: Object.fromEntries(children.map((child) => [child.record.run.id, child])) },
    );
  }
  return all;
}

function checkStrayCalls({ calls }: World, evidence: readonly Evidence[]): string[] {
  const ids = new Set(evidence.map(({ record }) => record.run.id));
  return calls.filter(({ key }) => !ids.has(key.slice(0, key.indexOf(":"))))
    .map(({ key }) => `call ${key} is of no run`);
}

/** At rest, what was due has fired. */
function checkOverdue(evidence: readonly Evidence[]): string[] {
  return evidence.flatMap(({ record: { run }, timers, now }) =>
    timers.filter(({ dueAt }) => dueAt <= now).map(({ key, dueAt }) =>
      `${run.id} (${run.status}): timer ${key} was due ${now - dueAt} ms ago and has not fired`
    )
  );
}
