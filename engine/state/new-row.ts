// What the row of a run holds before anything of it has happened.

import type { JsonObject } from "../../core/json.ts";
import type { Plan } from "../definition/plan.ts";
import type { RunRow } from "../store/store.ts";
import type { Marks } from "./marks.ts";
import type { RunEnv } from "../actor/run-env.ts";

/** A pending run with a new id and number. `parent`: the run and step that start it. */
export function newRunRow(env: RunEnv, options: {
  plan: Plan;
  agentId: string;
  params: JsonObject;
  now: number;
  idempotencyKey?: string | null;
  parent?: { row: RunRow; stepId: string };
  /** JSON text of the run and step that it goes on from. */
  forkedFrom?: string | null;
  /** The id of the run that it does again. */
  rerunOf?: string | null;
  marks?: Marks | null;
}): RunRow {
  const { plan, agentId, params, now, idempotencyKey = null, parent } = options;
  const { forkedFrom = null, rerunOf = null, marks = null } = options;
  return {
    runNo: env.runNos.next(),
    id: env.newId(),
    templateName: plan.templateName,
    templateVersion: plan.templateVersion,
    agentId,
    parentRunNo: parent?.row.runNo ?? null,
    parentStepId: parent?.stepId ?? null,
    depth: parent ? parent.row.depth + 1 : 0,
    params: env.encoder.text(params),
    idempotencyKey,
    forkedFrom,
    rerunOf,
    createdAt: now,
    status: "pending",
    lastSeq: 0,
    outputSeq: null,
    error: null,
    startedAt: null,
    completedAt: null,
    updatedAt: now,
    activeMs: 0,
    activeSince: null,
    marks: marks && JSON.stringify(marks),
  };
}
