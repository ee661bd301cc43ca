// What is written when an attempt of a step begins.

import { unpin } from "./absent.ts";
import { rouse } from "./rouse.ts";
import type { StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Notes the attempt; `extra` joins its event's payload. Answers the event's sequence number. */
export function noteStart(turn: Turn, step: StepState, extra = ""): number {
  if (step.list.owner) rouse(turn, step.list.owner);
  step.status = "running";
  step.attempt++;
  turn.run.executed++;
  step.answers = null;
  unpin(step);
  if (step.startedAt === null) {
    step.startedAt = turn.now;
    step.startedFrom = turn.monotonic;
  }
  step.dueAt = null;
  turn.changed(step);
  const payload = `{"attempt":${step.attempt}${extra && `,${extra}`}}`;
  return turn.event("step_started", step.id, payload);
}
