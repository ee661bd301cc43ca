// What each input that is about the run alone means to its turn.

import { followChild, startChild } from "../transition/child.ts";
import { meetTimer } from "../transition/due.ts";
import { shutDown } from "../transition/interrupt.ts";
import { takeFetched, unpark } from "../transition/unpark.ts";
import { takeResult, timeOut } from "../transition/results.ts";
import { beginInRoom } from "../transition/wait-for-room.ts";
import { takeAdmitted } from "../transition/start.ts";
import { exceedBudget } from "../transition/fail.ts";
import { takeAwaited } from "../transition/conclude.ts";
import type { Input } from "./inputs.ts";
import type { Turn } from "../transition/turn.ts";

/** Applies an input; what concerns who sent it is the actor's business. */
export function takeInput(turn: Turn, input: Exclude<Input, { kind: "start" | "signal" }>): void {
  switch (input.kind) {
    case "continue":
      return;
    case "pass":
      if (input.own) (turn.atEnd ??= []).push(input.go);
      else turn.afterCommit.push(input.go);
      return;
    case "begin":
      return beginInRoom(turn);
    case "admitted":
      return takeAdmitted(turn, input.step);
    case "result":
      return takeResult(turn, input);
    case "over_budget":
      return exceedBudget(turn, input.error);
    case "timeout":
      return timeOut(turn, input.attempt);
    case "child_plan":
      return startChild(turn, input.attempt, input.plan);
    case "child":
      if (input.timer !== undefined) turn.timer(input.timer, null);
      return followChild(turn, input.stepId, input.report);
    case "timer":
      return meetTimer(turn, input.key, input.dueAt);
    case "evaluated":
      return unpark(turn, input);
    case "output_checked":
      input.check.outcome = input.outcome;
      return;
    case "fetched":
      return takeFetched(turn, input);
    case "awaited":
      return takeAwaited(turn, input);
    case "shutdown":
      return shutDown(turn);
  }
}
