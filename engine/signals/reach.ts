// How the run gets into memory that a signal is for: one that processes died of for nothing but what reaches it.

import type { SignalRequest } from "../api.ts";
import type { Actor } from "../actor/actor.ts";
import { HeldBack } from "../actor/runs.ts";
import type { EngineEnv } from "../engine-env.ts";
import { refuseWithoutRoom } from "../concurrency/room.ts";
import type { RunState } from "../state/state.ts";
import { poisonedConflict } from "./revive.ts";

/** The run's actor; null when there is no such run. CONFLICT for a signal that is not for a poisoned one. */
export async function reached(
  env: EngineEnv,
  id: string,
  { signal_type: type, agent_id: agent }: SignalRequest,
): Promise<Actor | null> {
  for (;;) {
    // It is loaded for nothing else.
    if (env.suspects.isPoisoned(id) && type !== "retry" && type !== "cancel") {
      throw poisonedConflict(id, type);
    }
    try {
      const actor = await env.runs.load(id, agent);
      if (type === "retry" || type === "skip") await refuseWhereFull(env, actor?.run);
      return actor;
    } catch (thrown) {
      // From now on it is known.
      if (!(thrown instanceof HeldBack)) throw thrown;
    }
  }
}

/** A run that has failed counts to its limits once more when it goes on. */
async function refuseWhereFull(env: EngineEnv, run: RunState | undefined): Promise<void> {
  if (run?.row.status !== "failed") return;
  await refuseWithoutRoom(env, run.row, run.marks.within);
}
