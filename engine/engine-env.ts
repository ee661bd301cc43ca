// What an open engine has: all that its runs reach (actor/run-env.ts), and those that are in memory.

import type { RunEnv } from "./actor/run-env.ts";
import type { Admission } from "./concurrency/admission.ts";
import type { Runs } from "./actor/runs.ts";

export interface EngineEnv extends RunEnv {
  runs: Runs;
  admission: Admission;
}
