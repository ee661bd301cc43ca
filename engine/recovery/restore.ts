// How a run's state is rebuilt from its rows.

import type { ErrorObject } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Plan } from "../definition/plan.ts";
import type { RunRecord, Store, StoredStep } from "../store/store.ts";
import { MASK } from "../secrecy/masker.ts";
import type { RunSecrets } from "../secrecy/run-secrets.ts";
import {
  CONTEXT_SLOT,
  detailSlot,
  eventSlot,
  PARAMS_SLOT,
  type Sealed,
} from "../secrecy/sealed.ts";
import { isAbsent } from "../memory/absent.ts";
import { holdItems, holdOutput } from "../state/held.ts";
import { type KeptEvents, restoreKept } from "../signals/kept-signals.ts";
import { openList } from "../transition/lists.ts";
import { effectiveInputs, newRun } from "../state/new-run.ts";
import { settleRestored } from "./restore-lists.ts";
import { standingFailure } from "../transition/fail.ts";
import type { Marks } from "../state/marks.ts";
import { noteStatus } from "../state/unfinished.ts";
import {
  everyStep,
  findStep,
  isUnderWay,
  type RunState,
  type StepDetail,
  type StepState,
} from "../state/state.ts";
import { stepTypeOf } from "../steps/type.ts";

/** What loops run over, by the full id of the step. */
export type Items = ReadonlyMap<string, Json[]>;

/** Reads the item lists that the run's open or failed loops have recorded. */
export async function readItems(store: Store, { steps }: RunRecord): Promise<Items> {
  const items = new Map<string, Json[]>();
  for (const { runNo, stepId, status, detail } of steps) {
    if (status === "completed" || detail === null) continue;
    const { itemsSeq } = parseJson(detail) as { itemsSeq?: number };
    if (itemsSeq === undefined) continue;
    const payload = await store.eventPayload(runNo, itemsSeq);
    items.set(stepId, (parseJson(payload!) as { items: Json[] }).items);
  }
  return items;
}

/** The state that the run's rows describe; nothing in it is busy yet. */
export function restoreRun(
  record: RunRecord,
  known: { plan: Plan; items: Items; secrets: RunSecrets; kept?: KeptEvents },
): RunState {
  const { plan, items, secrets, kept = new Map() } = known;
  const params = parseJson(record.run.params) as JsonObject;
  const run = newRun({
    row: { ...record.run },
    plan,
    inputs: effectiveInputs(plan, params),
    secrets,
  });
  run.sealedParams = secrets.sealed(PARAMS_SLOT);
  run.sealedContext = secrets.sealed(CONTEXT_SLOT);
  const rows = new Map(record.steps.map((row) => [row.stepId, row]));
  for (const step of run.steps) restoreStep(run, step, { rows, items });
  // What was put back inside a flow step and has not come up again keeps its attempts.
  for (const { stepId, attempt } of rows.values()) run.formerAttempts.set(stepId, attempt);
  for (const { attempt } of record.steps) run.executed += attempt;
  if (record.run.marks !== null) run.marks = parseJson(record.run.marks) as Marks;
  restoreKept(run, kept);
  if (record.output !== null) run.output = parseJson(record.output);
  run.context = record.context;
  if (record.context?.data) run.contextData = parseJson(record.context.data) as JsonObject;
  settleRestored(run);
  standingFailure(run);
  for (const step of everyStep(run)) {
    if (step.row.detail.revived) run.revived.add(step);
    if (step.row.completedAt !== null) run.ended++;
    if (step.inside.lists) run.stirred.add(step);
    noteStatus(run, step);
    const { signal } = step.row.detail;
    if (signal !== undefined && isUnderWay(step)) {
      run.waits.add(step, step.sealedSignal ? null : signal);
    }
  }
  for (const decision of record.decisions) {
    const step = findStep(run, decision.stepId)!;
    step.decision = decision;
    run.asking.add(step);
  }
  return run;
}

interface Rows {
  /** Those that no step has taken yet. */
  rows: Map<string, StoredStep>;
  items: Items;
}

function restoreStep(run: RunState, step: StepState, stored: Rows): void {
  const row = stored.rows.get(step.id);
  if (!row) return;
  stored.rows.delete(step.id);
  const { error, detail } = row;
  step.row = {
    status: row.status,
    attempt: row.attempt,
    retries: row.retries,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    durationMs: row.durationMs,
    outputSeq: row.outputSeq,
    error: error === null ? null : parseJson(error) as ErrorObject,
    dueAt: row.dueAt,
    detail: detail === null ? {} : parseJson(detail) as StepDetail,
  };
  step.result.output = row.output === null ? undefined : parseJson(row.output);
  step.result.outputSize = row.outputSize;
  if (isAbsent(step)) run.lacks = true;
  // A slot may also be left over from an attempt that waited for another signal.
  if (step.row.detail.signal?.includes(MASK)) {
    step.sealedSignal = run.secrets.sealed(detailSlot(step.id));
  }
  step.result.sealed = sealedAt(run, row.outputSeq);
  holdOutput(run, step);
  const type = stepTypeOf(step.plan);
  if (!type) return;
  step.inside.items = stored.items.get(step.id) ?? null;
  if (step.inside.items) holdItems(run, step, step.inside.items);
  step.inside.sealedItems = step.inside.items && sealedAt(run, step.row.detail.itemsSeq);
  const places = type.places?.(step);
  if (!places) return;
  step.inside.lists = [];
  for (const place of places) {
    for (const inner of openList(run, step, place).steps) restoreStep(run, inner, stored);
  }
}

/** The raw value of what the event's payload holds masked. */
function sealedAt<T extends Json>(run: RunState, seq: number | null | undefined): Sealed<T> | null {
  return seq == null ? null : run.secrets.sealed<T>(eventSlot(seq));
}
