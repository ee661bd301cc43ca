// What of an engine can be changed while it is open.

import type { RetentionPolicy } from "./retention/policy.ts";

export interface Tuning {
  /** External actions that run at once; those that run already go on. */
  poolSize: number;
  /** From the next sweep on. */
  retention: RetentionPolicy;
}

export interface Tunable {
  retune(tuning: Tuning): void;
}
