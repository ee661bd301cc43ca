// When a run starts, pauses, goes on and ends, and what each of these writes.

import { parseJson } from "../../core/exact-json.ts";
import { type ErrorObject, OpcodeError, toErrorObject } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { Absent, needOutputs, Pins, unpin } from "./absent.ts";
import { tellParent } from "./child.ts";
import { failRun } from "./fail.ts";
import type { Input } from "./inputs.ts";
import { checkedOutcome } from "./output-check.ts";
import { requeue } from "./resume.ts";
import { startStep } from "./start.ts";
import { queue, skipStep, timerKey } from "./settle.ts";
import {
  isCalled,
  isHalted,
  isHook,
  type Outcome,
  type RunState,
  setBusy,
  sinksOf,
  type StepState,
} from "./state.ts";
import { followStir, isWaiting } from "./stir.ts";
import type { Turn } from "./turn.ts";
import { outputOf } from "./unsealed.ts";

export const DEADLINE = "deadline";

/** Characters of a run's output as JSON; beyond twice as many V8 makes no text of it. */
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/** Characters of a failure's message in the daemon's log. */
const LOGGED = 1_000;

/** Starts what is ready, ends the run if it is over, and sets its status to what it waits for. */
export function advance(turn: Turn): void {
  const { run } = turn;
  if (isTerminal(run.row.status)) return;
  if (turn.wasHalted && !turn.requeued && !isHalted(run)) {
    // The steps it waited for have ended without an answer.
    if (run.row.status === "suspended") resume(turn);
    requeue(turn);
  }
  if (run.row.status !== "active" && isMoving(run)) resume(turn);
  startReady(turn);
  followStir(turn);
  conclude(turn);
  if (!isTerminal(run.row.status)) followActivity(turn);
}

/** Whether the turn stopped with steps still to start. */
export function hasMore(run: RunState): boolean {
  const next = run.ready[run.readyHead];
  return next !== undefined && (next.pins !== null || !run.share.putOff) &&
    !isTerminal(run.row.status) && !isHalted(run);
}

function startReady(turn: Turn): void {
  const { run } = turn;
  if (isHalted(run)) return;
  while (run.readyHead < run.ready.length && !turn.full) {
    const step = run.ready[run.readyHead]!;
    // One that has what it asked for keeps it from others until it has begun.
    if (step.pins === null && putsOff(turn)) break;
    run.readyHead++;
    if (step.busy !== "queued" || step.slot !== null) continue;
    if (mayStart(run, step)) startStep(turn, step);
    else {
      step.answers = null;
      unpin(step);
      setBusy(run, step, "");
    }
  }
  if (run.readyHead === run.ready.length) {
    run.ready.length = 0;
    run.readyHead = 0;
  }
}

/** Whether nothing begins now: once what is on its way is stored there may be room for it. */
function putsOff(turn: Turn): boolean {
  const { share } = turn.run;
  if (share.putOff) return true;
  const { room } = turn.env.budgets;
  if (!room.isDue(share, 0, turn.brings)) return false;
  share.putOff = true;
  // Thousands may wait: none of them keeps its turn for that.
  const { post } = turn;
  const go = () => {
    share.putOff = false;
    post({ kind: "continue" });
  };
  room.wait({ share, bytes: 0, go });
  return true;
}

/** After a failure only what is under way goes on, with all inside it, and what was revived. */
function mayStart(run: RunState, step: StepState): boolean {
  if (step.status !== "pending" || run.revived.has(step)) return true;
  // What has called it may have been put back in the same turn.
  if (step.plan.role === "fallback" && !isCalled(step)) return false;
  // Its timeout fails a run without a step that did.
  const isEnding = run.failure !== null || run.marks.outcome !== undefined;
  return !isEnding || step.list.owner !== null || isHook(step);
}

function conclude(turn: Turn): void {
  const { run } = turn;
  if (isHalted(run) && !run.marks.outcome) return;
  try {
    decide(turn);
  } catch (thrown) {
    if (!(thrown instanceof Absent)) throw thrown;
    const ticket = run.awaited = {};
    const { post } = turn;
    run.pins ??= new Pins(turn);
    run.pins.fetch(
      thrown.steps,
      (fetched) => post({ kind: "awaited", ticket, fetched }),
    );
  }
}

/** What the run's own output is made of has come. */
export function takeAwaited(turn: Turn, { ticket, fetched }: Input & { kind: "awaited" }): void {
  const { run } = turn;
  if (run.awaited !== ticket) return;
  run.awaited = null;
  if (fetched.ok) run.pins!.fill(fetched.texts);
  else failRun(turn, fetched.error.toJSON());
}

function decide(turn: Turn): void {
  const { run } = turn;
  if (run.awaited) return;
  if (run.marks.outcome) return endAfterHook(turn, run.marks.outcome);
  if (run.failure) {
    if (isBusy(run)) return;
    for (const step of [...run.revived]) {
      if (!isWaiting(step)) skipStep(turn, step, "workflow_failed");
    }
    if (run.revived.size === 0) enter(turn, { status: "failed", error: run.failure });
  } else if (run.graph.unsettled === 0) {
    const outcome = outcomeOfOutput(turn);
    if (outcome) enter(turn, outcome);
  }
}

function outcomeOfOutput(turn: Turn): Outcome | null {
  let output: Json;
  try {
    output = runOutput(turn);
  } catch (thrown) {
    if (thrown instanceof Absent) throw thrown;
    return { status: "failed", error: toErrorObject(thrown) };
  }
  return checkedOutcome(turn, output);
}

/** All steps are done: runs the hook for the outcome, if there is one, and ends the run. */
function enter(turn: Turn, outcome: Outcome): void {
  const hook = hookFor(turn.run, outcome);
  if (!hook) return finish(turn, outcome);
  wakeRun(turn);
  turn.run.marks.outcome = outcome;
  queue(turn, hook);
  startReady(turn);
  endAfterHook(turn, outcome);
}

function hookFor(run: RunState, outcome: Outcome): StepState | null {
  const plan = outcome.status === "completed" ? run.plan.onComplete : run.plan.onErrorHook;
  return plan ? run.steps[plan.index]! : null;
}

function endAfterHook(turn: Turn, outcome: Outcome): void {
  const { status } = hookFor(turn.run, outcome)!;
  if (status === "completed" || status === "failed" || status === "skipped") finish(turn, outcome);
}

function finish(turn: Turn, outcome: Outcome): void {
  const { run } = turn;
  const { row } = run;
  if (outcome.status === "completed") {
    wakeRun(turn);
    run.output = runOutput(turn);
    row.outputSeq = turn.event("workflow_completed", null, `{"output":${turn.text(run.output)}}`);
    if (turn.masked(run.output) !== run.output) turn.sealEvent(row.outputSeq, run.output);
    row.error = null;
  } else {
    const text = turn.text(outcome.error as unknown as Json);
    row.error = text;
    turn.event("workflow_failed", null, `{"error":${text}}`);
    turn.afterCommit.push(() => logFailure(turn, parseJson(text)));
  }
  leave(turn, outcome.status);
}

/** `error` as stored: nothing secret is in it. */
function logFailure(turn: Turn, error: ErrorObject): void {
  const { id, agentId, templateName } = turn.run.row;
  turn.env.log.warn("run failed", {
    workflow_id: id,
    step_id: error.step_id,
    agent_id: agentId,
    template: templateName,
    error: `[${error.code}] ${error.message.slice(0, LOGGED)}`,
  });
}

/** Puts the run into a terminal status. */
export function leave(turn: Turn, status: "completed" | "failed" | "cancelled"): void {
  const { run } = turn;
  pauseClock(turn);
  for (const step of run.steps) {
    if (step.dueAt !== null) turn.timer(timerKey(step), null);
  }
  // Whoever retries a failed run finds what it has kept.
  const { kept } = run.marks;
  run.marks = status === "failed" && kept ? { kept } : {};
  run.pins?.release();
  run.pins = null;
  run.awaited = null;
  run.row.status = status;
  run.row.completedAt = turn.now;
  tellParent(turn);
}

/**
 * Output by the plan's shape: the one sink's output, or one member for each of several sinks; of one
 * that failed, that of the fallback that stood in for it, under its own name. Throws VAULT_ERROR when a parent waits for what cannot be opened; people are only shown the masked one.
 */
function runOutput({ run, env }: Turn): Json {
  const valueOf = (step: StepState) => {
    if (run.row.parentRunNo !== null) return outputOf(step) ?? null;
    return step.output ?? null;
  };
  const sinks = sinksOf(run);
  if (sinks.length === 0) return null;
  const size = sinks.reduce((sum, { outputSize }) => sum + outputSize, 0);
  const limit = Math.min(LARGEST_OUTPUT, env.budgets.limits.runBytes);
  if (size > limit) throw tooLarge(size, limit);
  needOutputs(sinks);
  if (run.plan.sinks.length === 1) return valueOf(sinks[0]!);
  const output: JsonObject = {};
  for (const step of sinks) output[step.id] = valueOf(step);
  return output;
}

function tooLarge(size: number, limit: number): OpcodeError {
  return new OpcodeError(
    "BUDGET_EXCEEDED",
    `the run's output, that of its last steps together, has ${size} characters as JSON; it may ` +
      `have ${limit}: let a step after them pick what is wanted`,
    { details: { budget: "output", limit, used: size } },
  );
}

/** Active while anything moves or soon will; suspended while everything waits for something. */
function followActivity(turn: Turn): void {
  const moving = isMoving(turn.run);
  if (moving && turn.run.row.status !== "active") resume(turn);
  else if (!moving && turn.run.row.status !== "suspended") suspend(turn);
}

function isMoving(run: RunState): boolean {
  return !isHalted(run) && (isBusy(run) || isBeingChecked(run));
}

/** All steps are done, and whether their output will do is not known yet. */
function isBeingChecked({ outputCheck, failure, graph, marks }: RunState): boolean {
  return outputCheck?.outcome === null && !failure && !marks.outcome && graph.unsettled === 0;
}

function isBusy({ busy, awaited }: RunState): boolean {
  return awaited !== null || busy.queued + busy.flying + busy.timer + busy.child > 0;
}

/** What a suspended run waited for has come, so that it goes on. */
export function wakeRun(turn: Turn): void {
  if (turn.run.row.status === "suspended" && !isHalted(turn.run)) resume(turn);
}

/** The run becomes active: for the first time, or again. */
export function resume(turn: Turn): void {
  const { row } = turn.run;
  if (row.status === "pending") {
    const { forkedFrom } = row;
    turn.event("workflow_started", null, forkedFrom && `{"forked_from":${forkedFrom}}`);
  } else turn.event("workflow_resumed", null, null);
  row.startedAt ??= turn.now;
  if (row.status === "failed") {
    row.completedAt = null;
    row.error = null;
  }
  const again = row.status !== "pending";
  row.status = "active";
  row.activeSince = turn.now;
  turn.run.activeFrom = turn.monotonic;
  armDeadline(turn);
  if (again) tellParent(turn);
}

/** All that is under way waits, or the run for answers. */
export function suspend(turn: Turn): void {
  const { run } = turn;
  const reason = run.marks.poisoned
    ? "poisoned"
    : run.marks.timed_out
    ? "timed_out"
    : run.marks.interrupted?.length
    ? "interrupted"
    : "waiting";
  turn.event("workflow_suspended", null, `{"reason":"${reason}"}`);
  pauseClock(turn);
  run.row.status = "suspended";
  tellParent(turn);
}

/** When the run's own timeout ends; null while it has none or its time stands still. */
export function deadlineOf(run: RunState): number | null {
  const { timeoutMs } = run.plan;
  if (timeoutMs === null || run.row.activeSince === null) return null;
  return run.row.activeSince + timeoutMs - run.row.activeMs;
}

function armDeadline(turn: Turn): void {
  const dueAt = deadlineOf(turn.run);
  if (dueAt !== null) turn.timer(DEADLINE, Math.ceil(dueAt));
}

/** Stops the run's active time, as of now, or as of `at` if nobody was there since. */
export function pauseClock(turn: Turn, at?: number): void {
  const { row, activeFrom } = turn.run;
  if (row.activeSince === null) return;
  row.activeMs += at === undefined
    ? turn.since(row.activeSince, activeFrom)
    : Math.max(0, at - row.activeSince);
  turn.run.activeFrom = null;
  row.activeSince = null;
  if (turn.run.plan.timeoutMs !== null) turn.timer(DEADLINE, null);
}
