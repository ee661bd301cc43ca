// How a run begins in this process: as a new one, as a fork, or where an earlier process left it.

import { beginFork } from "../recovery/fork-state.ts";
import { beginDelayed, delay } from "../transition/delay.ts";
import { recoverRun } from "../recovery/recover.ts";
import { beginRerun } from "../transition/rerun.ts";
import type { Turn } from "../transition/turn.ts";
import { beginOrWait } from "../transition/wait-for-room.ts";
import type { Founding } from "./inputs.ts";

/** `agentId`: who started it, if it is new; `reason`: why one that was active is not any more. */
export function beginRun(
  turn: Turn,
  { agentId, founding, startAt, reason }: {
    agentId?: string | undefined;
    founding?: Founding | undefined;
    /** When a new run is to begin, if not now. */
    startAt?: number | undefined;
    reason: string;
  },
): void {
  const { status, forkedFrom, rerunOf } = turn.run.row;
  if (agentId !== undefined) turn.handOver.agents.push({ id: agentId, at: turn.now });
  if (founding !== undefined) {
    turn.handOver.claims.push(...founding.claims);
    turn.handOver.timers.push(...founding.timers);
    turn.handOver.scheduling = founding.scheduling;
  }
  if (status === "pending") {
    if (startAt !== undefined) return delay(turn, startAt);
    const delayed = turn.run.marks.start_at;
    if (delayed !== undefined) {
      if (delayed <= turn.now) beginDelayed(turn);
      return;
    }
    // What these go on from is theirs alone until they begin: whoever asked made sure of the room.
    if (forkedFrom !== null) return beginFork(turn);
    if (rerunOf !== null) return beginRerun(turn, rerunOf, agentId);
    beginOrWait(turn, founding?.origin);
  } else if (status === "active") recoverRun(turn, reason);
}
