// What is written when an attempt of a step begins.

import { unpin } from "../memory/absent.ts";
import { rouse } from "./rouse.ts";
import type { StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/**
 * Notes the attempt; `extra` joins its event's payload. One that follows an attempt of which no end
 * is known says `interrupted`: that one may have had its effect. Returns the event's sequence number.
 */
export function noteStart(turn: Turn, step: StepState, extra = ""): number {
  if (step.list.owner) rouse(turn, step.list.owner);
  const again = step.row.status === "running" ? ',"interrupted":true' : "";
  step.row.status = "running";
  step.row.attempt++;
  turn.run.executed++;
  step.live.answers = null;
  unpin(step);
  if (step.row.startedAt === null) {
    step.row.startedAt = turn.now;
    step.live.startedFrom = turn.monotonic;
  }
  step.row.dueAt = null;
  turn.changed(step);
  const payload = `{"attempt":${step.row.attempt}${again}${extra && `,${extra}`}}`;
  return turn.event("step_started", step.id, payload);
}
