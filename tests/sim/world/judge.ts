// What is wrong with a world that has come to rest: each run by itself, and all of it together.

import type { Store } from "../../../engine/store/store.ts";
import { type CallbackEvidence, checkCallbacks } from "../check/callbacks.ts";
import { checkCounts } from "../check/counts.ts";
import { checkDeliveries, deliveryOf } from "../check/deliveries.ts";
import { checkRuns } from "../check/check-runs.ts";
import { checkSchedule, originOf, type ScheduleEvidence } from "../check/schedules.ts";
import type { Evidence } from "../check/evidence.ts";
import { checkHeard, checkOrders, checkSent, checkTold } from "./promises.ts";
import { gather } from "./gather.ts";
import { gatherCallbacks } from "./gather-outside.ts";
import { gatherSchedules } from "./gather-schedules.ts";
import type { World } from "./world.ts";

export async function judge(
  world: World,
  store: Store,
): Promise<{
  faults: string[];
  evidence: Evidence[];
  schedules: ScheduleEvidence[];
  callbacks: CallbackEvidence;
}> {
  // What hangs until a far deadline may still move by itself.
  const final = world.calls.every(({ ended }) => ended !== "open");
  const evidence = await gather({ ...world.sight, store, final });
  const records = evidence.map(({ record }) => record);
  const schedules = await gatherSchedules(world, store, records);
  const callbacks = await gatherCallbacks(world, store, records);
  const delivered = new Set(
    records.filter((record) => deliveryOf(record) !== undefined).map(({ run }) => run.id),
  );
  const ownRuns = new Set(
    records.filter((record) => originOf(record) !== undefined).map(({ run }) => run.id),
  );
  const faults = [
    ...world.faults,
    ...world.machines.faults,
    ...world.clients.faults,
    ...world.timetable.faults,
    ...schedules.flatMap(checkSchedule),
    ...checkAsked(world.timetable.asked, ownRuns),
    ...world.senders.faults,
    ...checkDeliveries(world.senders.sent, records),
    ...checkCallbacks(callbacks),
    ...checkOrders(
      world.clients,
      records.filter(({ run }) => !ownRuns.has(run.id) && !delivered.has(run.id)),
    ),
    ...checkSent(world.clients.signals, records),
    ...checkTold(world.clients, records),
    ...checkHeard(world.heard, records),
    ...checkStrayCalls(world, evidence),
    ...checkOverdue(evidence),
    ...await checkCounts(store, evidence),
  ];
  faults.push(...checkRuns(evidence));
  return { faults, evidence, schedules, callbacks };
}

/** What a schedule was asked for is there. */
function checkAsked(asked: readonly string[], ownRuns: ReadonlySet<string>): string[] {
  return asked.filter((id) => !ownRuns.has(id)).map((id) =>
    `run ${id} was told of and is not there`
  );
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
