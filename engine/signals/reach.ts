// How the run gets into memory that a signal is for: one that processes died of for nothing but what reaches it.

import type { SignalRequest } from "../api.ts";
import type { Actor } from "../actor/actor.ts";
import { HeldBack } from "../actor/runs.ts";
import type { EngineEnv } from "../engine-env.ts";
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
      return await env.runs.load(id, agent);
    } catch (thrown) {
      // From now on it is known.
      if (!(thrown instanceof HeldBack)) throw thrown;
    }
  }
}
