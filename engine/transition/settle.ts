// How a step ends, and which steps its end sets free; what a failure means stands in fail.ts.

import { forgetPrograms } from "../calls/programs.ts";
import { toErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { unpin } from "../memory/absent.ts";
import type { Records } from "../calls/action-context.ts";
import { cancelChild } from "./child-ties.ts";
import { closeDecision } from "./close-decision.ts";
import { applyContextChange, refuseLargeContext } from "./change-context.ts";
import { noteMessage } from "../notices/note.ts";
import { holdOutput } from "../state/held.ts";
import { queue, release, timerKey } from "./line.ts";
import { wasGivenUp } from "../state/given-up.ts";
import { isHook, type RunState, setBusy, type StepList, type StepState } from "../state/state.ts";
import { dropTimeout } from "./step-timeout.ts";
import { rouse } from "./rouse.ts";
import type { Turn } from "./turn.ts";

/** The step has its output. */
export function completeStep(
  turn: Turn,
  step: StepState,
  output: Json,
  records: Records | null = null,
): void {
  let stored: { text: string; hides: boolean };
  try {
    stored = turn.output(output);
    if (records) refuseLargeContext(turn, records.context.map(({ data }) => data));
  } catch (thrown) {
    return turn.agenda.add({ kind: "step_failed", step, error: toErrorObject(thrown) });
  }
  if (step.row.status === "suspended") rouse(turn, step);
  endStep(turn, step, "completed");
  if (step.list.owner) step.list.last = step;
  step.result.output = output === undefined ? null : output;
  step.result.sealed = null;
  step.result.outputSize = stored.text.length;
  step.result.hides = stored.hides;
  holdOutput(turn.run, step);
  step.row.error = null;
  const emitted = records && records.emitted.length > 0
    ? `,"emitted":${turn.text(records.emitted)}`
    : "";
  const isolation = records?.isolation ? `,"isolation":${JSON.stringify(records.isolation)}` : "";
  step.row.outputSeq = turn.event(
    "step_completed",
    step.id,
    `{"output":${stored.text},"duration_ms":${step.row.durationMs}${emitted}${isolation}}`,
  );
  if (stored.hides) turn.sealEvent(step.row.outputSeq, output);
  if (records) applyRecords(turn, step, records);
  satisfy(turn, step);
}

function applyRecords(turn: Turn, step: StepState, records: Records): void {
  for (const change of records.context) applyContextChange(turn, change);
  const { row } = turn.run;
  for (const said of turn.masked(records.notices)) {
    const id = turn.env.newId();
    noteMessage(turn.handOver, { id, run: row, stepId: step.id, at: turn.now }, said);
  }
  for (const { level, message, data } of turn.masked(records.logs)) {
    turn.afterCommit.push(() =>
      turn.env.log[level](message, {
        workflow_id: row.id,
        step_id: step.id,
        agent_id: row.agentId,
        ...(data !== undefined && { data }),
      })
    );
  }
}

/** The step will not run, or its result does not count. `extra` joins the event's payload. */
export function skipStep(
  turn: Turn,
  step: StepState,
  reason: string,
  extra: JsonObject = {},
): void {
  giveUp(turn, step, reason, extra);
  satisfy(turn, step);
}

/** Skips the step with what is open inside it; nothing follows from that yet. */
function giveUp(turn: Turn, step: StepState, reason: string, extra: JsonObject = {}): void {
  release(step, reason);
  closeInside(turn, step, reason);
  // What was in flight may have had its effect: that is told from what only waited.
  const cancelled = reason === "workflow_cancelled" && step.row.status === "running" &&
    !step.inside.lists;
  const why = cancelled ? "cancelled_in_flight" : reason;
  endStep(turn, step, "skipped");
  step.row.detail.reason = why;
  turn.eventWith("step_skipped", step.id, { reason: why, ...extra });
}

/** Reasons that take steps along which had not begun. */
const TAKES_PENDING: ReadonlySet<string> = new Set(["race_lost", "workflow_cancelled"]);

/** Gives up what is open in the lists of a flow step. */
export function closeInside(turn: Turn, step: StepState, reason: string): void {
  if (step.inside.openLists === 0) return;
  for (const list of step.inside.lists!) {
    if (closeList(list)) closeSteps(turn, list, reason);
  }
}

/** The list does not come to its end; false when it is over already. */
export function closeList(list: StepList): boolean {
  if (list.state !== "open") return false;
  list.state = "closed";
  list.owner!.inside.openLists--;
  // What stands in for it may yet end well: that ends the step, not the list.
  if (list.steps.some(({ row: { status } }) => status === "failed")) noteUnended(list);
  return true;
}

/** The list has its end before it, whatever becomes of its steps meanwhile. */
export function noteUnended({ owner, index }: StepList): void {
  const unended = owner!.row.detail.unended ??= [];
  if (!unended.includes(index)) unended.push(index);
}

/** Gives up the open steps of a list that is not open any more. */
export function closeSteps(turn: Turn, list: StepList, reason: string): void {
  for (const step of list.steps) {
    const { row: { status } } = step;
    if (status === "completed" || status === "failed" || status === "skipped") continue;
    if (status === "pending" && !TAKES_PENDING.has(reason)) {
      release(step, reason);
      setBusy(turn.run, step, "");
      continue;
    }
    giveUp(turn, step, reason);
    step.settled = true;
    list.unsettled--;
  }
}

/** Writes the step's end; what it held must have been released. */
export function endStep(
  turn: Turn,
  step: StepState,
  status: "completed" | "failed" | "skipped",
): void {
  if (step.row.dueAt !== null) {
    turn.timer(timerKey(step), null);
    step.row.dueAt = null;
  }
  cancelChild(turn, step);
  dropTimeout(turn, step);
  if (step.decision) closeDecision(turn, step, { status: "cancelled" });
  turn.run.waits.delete(step);
  step.live.attemptInFlight = null;
  step.live.answers = null;
  unpin(step);
  if (step.row.completedAt === null) turn.run.ended++;
  step.row.status = status;
  step.row.completedAt = turn.now;
  step.row.durationMs = step.row.startedAt === null
    ? null
    : turn.since(step.row.startedAt, step.live.startedFrom);
  const { plan } = step;
  if (plan.type === null) turn.env.measures.stepEnded(plan.actionName, status, step.row.durationMs);
  setBusy(turn.run, step, "");
  turn.run.revived.delete(step);
  delete step.row.detail.revived;
  if (turn.run.marks.interrupted) answered(turn.run, step);
  turn.changed(step);
  turn.settled.push(step);
}

/** The step waits for no answer any more: neither, if it was the last, does its run. */
export function answered(run: RunState, step: StepState): void {
  const left = run.marks.interrupted?.filter((id) => id !== step.id) ?? [];
  if (left.length > 0) run.marks.interrupted = left;
  else delete run.marks.interrupted;
  forgetPrograms(run.marks);
}

/** The step is settled: frees what depends on it and what it was the last to need. */
export function satisfy(turn: Turn, step: StepState): void {
  // Chains of fallbacks may be longer than the stack is deep.
  const line: StepState[] = [];
  const join = (next: StepState) => {
    if (next.settled || isHook(next)) return;
    next.settled = true;
    next.list.unsettled--;
    line.push(next);
  };
  join(step);
  for (const next of line) {
    const { list } = next;
    if (list.owner === null) freeDependents(turn, next);
    // One that was given up stands in for nobody, and may be wanted again.
    if (!wasGivenUp(next)) {
      for (const waiter of next.waiters?.splice(0) ?? []) {
        if (waiter.row.status === "failed") join(waiter);
      }
      for (const index of next.plan.calls) {
        const fallback = list.steps[index]!;
        if (!isNeedless(fallback)) continue;
        giveUp(turn, fallback, NEEDLESS);
        join(fallback);
      }
    }
    if (list.owner !== null) turn.agenda.add({ kind: "list_moves", list });
  }
}

function freeDependents(turn: Turn, step: StepState): void {
  const { run } = turn;
  for (const index of step.plan.dependents) {
    const dependent = run.steps[index]!;
    if (--run.openDependencies[index]! > 0 || dependent.plan.role !== "step") continue;
    if (dependent.row.status === "pending" && dependent.live.busy === "") queue(turn, dependent);
  }
}

const NEEDLESS = "fallback_not_needed";

/** Skips a fallback that no step can call any more. */
export function dropFallback(turn: Turn, fallback: StepState): void {
  if (isNeedless(fallback)) skipStep(turn, fallback, NEEDLESS);
}

function isNeedless(fallback: StepState): boolean {
  if (fallback.settled || fallback.row.status !== "pending" || fallback.live.busy !== "") {
    return false;
  }
  const { list: { steps }, plan: { callers } } = fallback;
  // From the one that was open when it was asked last: each caller that ends asks.
  for (let n = 0; n < callers.length; n++) {
    const at = (fallback.openCaller + n) % callers.length;
    if (steps[callers[at]!]!.settled) continue;
    fallback.openCaller = at;
    return false;
  }
  return true;
}
