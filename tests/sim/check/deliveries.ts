// Whether each delivery has come to one run, and each such run is of one delivery.

import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../core/json.ts";
import type { RunRecord } from "../../../engine/store/store.ts";

export interface DeliveryEvidence {
  id: string;
  /** What its run is to be given. */
  body: JsonObject;
  /** The run that its sender was told of. */
  runId: string | null;
}

export function checkDeliveries(
  deliveries: readonly DeliveryEvidence[],
  records: readonly RunRecord[],
): string[] {
  const found: string[] = [];
  const delivered = records.filter((record) => deliveryOf(record) !== undefined);
  for (const { id, body, runId } of deliveries) {
    const runs = delivered.filter((record) => deliveryOf(record) === id);
    if (runs.length > 1) found.push(`${id} has started ${runs.length} runs`);
    if (runId !== null && !runs.some(({ run }) => run.id === runId)) {
      found.push(`${id} was answered with run ${runId}, which is not there`);
    }
    for (const { run } of runs) {
      if (!isDeepStrictEqual(JSON.parse(run.params), body)) {
        found.push(`the run of ${id} was given ${run.params}`);
      }
    }
  }
  const ids = deliveries.map(({ id }) => id);
  for (const record of delivered) {
    const id = deliveryOf(record)!;
    if (!ids.includes(id)) found.push(`run ${record.run.id} is of delivery ${id}, which is none`);
  }
  return found;
}

/** The delivery that a run says that it is of; undefined of other runs. */
export function deliveryOf({ run, events: [first] }: RunRecord): string | undefined {
  if (run.forkedFrom !== null || first?.type !== "workflow_started") return undefined;
  const { trigger, delivery_id } = JSON.parse(first.payload ?? "{}");
  return trigger === undefined ? undefined : String(delivery_id);
}
