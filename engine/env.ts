// What everything in an engine shares: what its runs do, and those that are in memory.

import type { RunEnv } from "./actor/env.ts";
import type { Runs } from "./actor/runs.ts";

export interface EngineEnv extends RunEnv {
  runs: Runs;
}
