// What a turn does once its inputs are taken: starts what is ready, ends the run, or lets it wait.

import { isTerminal } from "../../core/status.ts";
import { unpin } from "../memory/absent.ts";
import { resume, suspend } from "./activity.ts";
import { conclude } from "./conclude.ts";
import { drain } from "./drain.ts";
import { requeue } from "./requeue.ts";
import { startStep } from "./start.ts";
import {
  isCalled,
  isDelayed,
  isHalted,
  isHook,
  isMoving,
  type RunState,
  setBusy,
  type StepState,
} from "../state/state.ts";
import { followStir } from "./stir.ts";
import type { Turn } from "./turn.ts";

/** Starts what is ready, ends the run if it is over, and sets its status to what it waits for. */
export function advance(turn: Turn): void {
  const { run } = turn;
  if (isTerminal(run.row.status) || isDelayed(run)) return;
  if (turn.wasHalted && !turn.requeued && !isHalted(run)) {
    // The steps it waited for have ended without an answer.
    if (run.row.status === "suspended") resume(turn);
    requeue(turn);
    drain(turn);
  }
  if (run.row.status !== "active" && isMoving(run)) resume(turn);
  startReady(turn);
  followStir(turn);
  // Its hook begins in the turn in which all else is over.
  if (conclude(turn)) {
    startReady(turn);
    conclude(turn);
  }
  if (!isTerminal(run.row.status)) followActivity(turn);
}

/** Whether the turn stopped with steps still to start. */
export function hasMore(run: RunState): boolean {
  const next = run.ready[run.readyHead];
  return next !== undefined && (next.live.pins !== null || !run.share.putOff) &&
    !isTerminal(run.row.status) && !isHalted(run);
}

function startReady(turn: Turn): void {
  const { run } = turn;
  if (isHalted(run)) return;
  while (run.readyHead < run.ready.length && !turn.full) {
    const step = run.ready[run.readyHead]!;
    // One that has what it asked for keeps it from others until it has begun.
    if (step.live.pins === null && putsOff(turn)) break;
    run.readyHead++;
    if (step.live.busy !== "queued" || step.live.slot !== null) continue;
    if (mayStart(run, step)) {
      startStep(turn, step);
      drain(turn);
    } else {
      step.live.answers = null;
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
  if (step.row.status !== "pending" || run.revived.has(step)) return true;
  // What has called it may have been put back in the same turn.
  if (step.plan.role === "fallback" && !isCalled(step)) return false;
  // Its timeout fails a run without a step that did.
  const isEnding = run.failure !== null || run.marks.outcome !== undefined;
  return !isEnding || step.list.owner !== null || isHook(step);
}

/** Active while anything moves or soon will; suspended while everything waits for something. */
function followActivity(turn: Turn): void {
  const moving = isMoving(turn.run);
  if (moving && turn.run.row.status !== "active") resume(turn);
  else if (!moving && turn.run.row.status !== "suspended") suspend(turn);
}
