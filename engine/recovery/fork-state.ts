// How a run that goes on from a step of another one begins with what that one has done.

import type { Plan } from "../definition/plan.ts";
import type { RunRecord, RunRow, StoredStep } from "../store/store.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { CONTEXT_SLOT } from "../secrecy/sealed.ts";
import { resume } from "../transition/activity.ts";
import { requeue } from "../transition/requeue.ts";
import { maskParams } from "../transition/taken-params.ts";
import { type Items, restoreRun } from "./restore.ts";
import { dropFallback } from "../transition/settle.ts";
import {
  everyStep,
  pick,
  rootOf,
  type RunState,
  type StepDetail,
  type StepState,
} from "../state/state.ts";
import { progressOf } from "../steps/type.ts";
import type { Turn } from "../transition/turn.ts";
import { contextDataOf, itemsOf, outputOf } from "../state/unsealed.ts";

/**
 * The state of the new run `row`, in which the kept steps of the source have ended already, with all
 * inside them; the rest is pending. `items`: what the source's loops run over.
 */
export function forkState(options: {
  row: RunRow;
  plan: Plan;
  record: RunRecord;
  source: RunState;
  kept: ReadonlySet<string>;
  items: Items;
  vault: Secrets & Sealer;
}): RunState {
  const { row, plan, record, source, kept, items, vault } = options;
  // What the source knows of secrets, known again to the new run and kept with it.
  const secrets = new RunSecrets(vault, {
    runId: row.id,
    seals: record.seals,
    ownerId: record.run.id,
  });
  const stored = new Map(record.steps.map((step) => [step.stepId, step]));
  const steps: StoredStep[] = [];
  for (const step of everyStep(source)) {
    if (kept.has(rootOf(step).id) && isEnded(step)) {
      steps.push(keptRow(row.runNo, step, stored.get(step.id)!));
    }
  }
  const context = record.context && {
    ...record.context,
    runNo: row.runNo,
    agentId: row.agentId,
    createdAt: row.createdAt,
    updatedAt: row.createdAt,
  };
  const taken = { run: row, parentId: null, output: null, steps, context };
  const run = restoreRun({ ...taken, decisions: [], events: [], seals: [] }, {
    plan,
    items,
    secrets,
  });
  run.sealedParams = null;
  openSeals(run);
  return run;
}

/** Everything is sealed anew for the new run. Throws VAULT_ERROR while the vault is locked. */
function openSeals(run: RunState): void {
  run.secrets.open();
  contextDataOf(run);
  for (const step of everyStep(run)) {
    step.result.output = outputOf(step);
    step.result.sealed = null;
    if (!step.inside.items) continue;
    step.inside.items = itemsOf(step);
    step.inside.sealedItems = null;
  }
}

function isEnded({ row: { completedAt } }: StepState): boolean {
  return completedAt !== null;
}

/** No attempt of it was made in the new run. */
function keptRow(runNo: number, step: StepState, row: StoredStep): StoredStep {
  return {
    ...row,
    runNo,
    attempt: 0,
    retries: 0,
    startedAt: null,
    dueAt: null,
    detail: JSON.stringify(pick(step.row.detail, keptDetail(step))),
  };
}

/** Why it ended so, and which lists of a flow step there are: none of them is open. */
function keptDetail(step: StepState): (keyof StepDetail)[] {
  return ["reason", "forced", ...progressOf(step).filter((name) => name !== "unended")];
}

/** Starts a run that was made by `forkState`: what it has kept is in its log from the start. */
export function beginFork(turn: Turn): void {
  const { run } = turn;
  resume(turn);
  // A list's value is the output of the step of it that completed last.
  const kept = [...everyStep(run)].filter(isEnded);
  kept.sort((a, b) => orderOf(a) - orderOf(b));
  for (const step of kept) note(turn, step);
  if (run.context) turn.handOver.contexts = [run.context];
  turn.sealSlot(CONTEXT_SLOT, run.contextData);
  maskParams(turn);
  requeue(turn);
  for (const step of run.graph.steps) if (step.plan.role === "fallback") dropFallback(turn, step);
}

function orderOf({ row: { outputSeq } }: StepState): number {
  return outputSeq ?? Number.MAX_SAFE_INTEGER;
}

function note(turn: Turn, step: StepState): void {
  const { id, row: { status, detail, durationMs } } = step;
  step.row.completedAt = turn.now;
  turn.changed(step);
  if (status === "completed") {
    delete detail.itemsSeq;
    const { text, hides } = turn.output(step.result.output!);
    const payload = `{"output":${text},"duration_ms":${durationMs},"kept":true}`;
    step.row.outputSeq = turn.event("step_completed", id, payload);
    step.result.hides = hides;
    if (hides) turn.sealEvent(step.row.outputSeq, step.result.output!);
    return;
  }
  const seq = turn.eventWith(status === "failed" ? "step_failed" : "step_skipped", id, {
    ...(status === "failed" ? { attempt: 0 } : { reason: detail.reason! }),
    ...(step.row.error && { error: step.row.error }),
    // A retry goes through the same list.
    ...(step.inside.items && { items: [...step.inside.items] }),
    kept: true,
  });
  if (detail.itemsSeq === undefined) return;
  detail.itemsSeq = seq;
  const items = [...step.inside.items!];
  if (turn.masked(items) !== items) turn.sealEvent(seq, items);
}
