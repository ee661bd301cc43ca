// How a run begins that nothing of another goes with: at once, or when its limits have room for it.

import { limitsOf, settingOf } from "../concurrency/limits.ts";
import { isDelayed } from "../state/state.ts";
import { resume } from "./activity.ts";
import { requeue } from "./requeue.ts";
import type { Turn } from "./turn.ts";

/** `origin`: JSON text of what has started it. */
export function beginOrWait(turn: Turn, origin: string | null = null): void {
  if (waitsForRoom(turn, origin)) return;
  resume(turn, origin);
  requeue(turn);
}

function waitsForRoom(turn: Turn, origin: string | null): boolean {
  const { run, env } = turn;
  const limits = limitsOf(turn);
  if (limits.length === 0) {
    delete run.marks.waits;
    return false;
  }
  turn.marksChanged ||= run.marks.waits === undefined;
  run.marks.waits = {
    ...run.marks.waits,
    for: limits.map(settingOf),
    ...(origin !== null && { origin }),
  };
  // By then it may have begun, or have been cancelled.
  turn.afterCommit.push(() => {
    if (isDelayed(run)) env.admission.enter(run.row, limits);
  });
  return true;
}

/** There is room, as far as could be seen. */
export function beginInRoom(turn: Turn): void {
  const { waits } = turn.run.marks;
  if (waits === undefined || !isDelayed(turn.run)) return;
  resume(turn, waits.origin ?? null);
  requeue(turn);
}
