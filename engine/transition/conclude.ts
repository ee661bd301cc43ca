// When a run is over, and what is written then: its outcome, its hook, its output.

import { parseJson } from "../../core/exact-json.ts";
import { type ErrorObject, toErrorObject } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import { Absent, Pins } from "../memory/absent.ts";
import { leave, wakeRun } from "./activity.ts";
import { failRun } from "./fail.ts";
import type { Input } from "../actor/inputs.ts";
import { queue } from "./line.ts";
import { checkedOutcome } from "./output-check.ts";
import { runOutput, writeOutput } from "./run-output.ts";
import { skipStep } from "./settle.ts";
import type { Outcome } from "../state/outcome.ts";
import { isBusy, isHalted, type RunState, type StepState } from "../state/state.ts";
import { isWaiting } from "./stir.ts";
import type { Turn } from "./turn.ts";

/** Characters of a failure's message in the daemon's log. */
const LOGGED = 1_000;

/** Ends the run if it is over. Returns whether it has put its hook in line, which comes first. */
export function conclude(turn: Turn): boolean {
  const { run } = turn;
  if (isHalted(run) && !run.marks.outcome) return false;
  try {
    return decide(turn);
  } catch (thrown) {
    if (!(thrown instanceof Absent)) throw thrown;
    const ticket = run.awaited = {};
    const { post } = turn;
    run.pins ??= new Pins(turn);
    run.pins.fetch(
      thrown.steps,
      (fetched) => post({ kind: "awaited", ticket, fetched }),
    );
    return false;
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

function decide(turn: Turn): boolean {
  const { run } = turn;
  if (run.awaited) return false;
  if (run.marks.outcome) return endAfterHook(turn, run.marks.outcome);
  if (run.failure) {
    if (isBusy(run)) return false;
    for (const step of [...run.revived]) {
      if (!isWaiting(step)) skipStep(turn, step, "workflow_failed");
    }
    if (run.revived.size === 0) return enter(turn, { status: "failed", error: run.failure });
  } else if (run.graph.unsettled === 0) {
    const outcome = outcomeOfOutput(turn);
    if (outcome) return enter(turn, outcome);
  }
  return false;
}

function outcomeOfOutput(turn: Turn): Outcome | null {
  let output: Json | undefined;
  try {
    output = runOutput(turn);
  } catch (thrown) {
    if (thrown instanceof Absent) throw thrown;
    return { status: "failed", error: toErrorObject(thrown) };
  }
  return checkedOutcome(turn, output);
}

/** All steps are done: ends the run, or puts the hook for the outcome in line, if there is one. */
function enter(turn: Turn, outcome: Outcome): boolean {
  const hook = hookFor(turn.run, outcome);
  if (!hook) return finish(turn, outcome);
  wakeRun(turn);
  turn.run.marks.outcome = outcome;
  queue(turn, hook);
  return true;
}

function hookFor(run: RunState, outcome: Outcome): StepState | null {
  const plan = outcome.status === "completed" ? run.plan.onComplete : run.plan.onErrorHook;
  return plan ? run.steps[plan.index]! : null;
}

function endAfterHook(turn: Turn, outcome: Outcome): false {
  const { row: { status } } = hookFor(turn.run, outcome)!;
  if (status === "completed" || status === "failed" || status === "skipped") finish(turn, outcome);
  return false;
}

function finish(turn: Turn, outcome: Outcome): false {
  const { run } = turn;
  const { row } = run;
  if (outcome.status === "completed") {
    wakeRun(turn);
    row.outputSeq = writeOutput(turn);
    row.error = null;
  } else {
    const text = turn.text(outcome.error!);
    row.error = text;
    turn.event("workflow_failed", null, `{"error":${text}}`);
    turn.afterCommit.push(() => logFailure(turn, parseJson(text)));
  }
  leave(turn, outcome.status);
  return false;
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
