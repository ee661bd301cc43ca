// How the simulator itself reads the rows: straight from the disk, past every process.

import type { WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { RunRecord, Store, StoredEvent } from "../../../engine/store/store.ts";
import type { Scenario } from "../generate/scenario.ts";

const ALL = 1_000_000;

/** All runs with all of their events, oldest first. */
export async function readAll(store: Store): Promise<RunRecord[]> {
  const { rows } = await store.listRuns({ limit: 1_000 });
  const records: RunRecord[] = [];
  for (const { run } of rows.reverse()) {
    records.push((await store.readRun(run.id, { events: ALL }))!);
  }
  return records;
}

/** The same, with their definitions. */
export async function allRuns(
  store: Store,
  { templates }: Scenario,
): Promise<{ definition: WorkflowDefinition; record: RunRecord }[]> {
  const byName = new Map(templates.map(({ name, definition }) => [name, definition]));
  return (await readAll(store)).map((record) => ({
    definition: byName.get(record.run.templateName)!,
    record,
  }));
}

/** Every committed event by its id. */
export function eventsById(records: readonly RunRecord[]): Map<number, StoredEvent> {
  return new Map(records.flatMap(({ events }) => events.map((event) => [event.id, event])));
}
