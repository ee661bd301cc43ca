// What several verbs do alike.

import type { FairGate } from "../../core/fair-gate.ts";
import type { Slicing } from "../../core/slices.ts";
import type { Answer } from "../journal/journal.ts";
import type { CursorVeil } from "../cursor-veil.ts";
import type { HandOver } from "../store/store.ts";
import type { KeyedLock } from "../keyed-lock.ts";
import type { Limits } from "../limits.ts";
import type { EngineEnv } from "../engine-env.ts";
import type { Callbacks } from "../callbacks/callbacks.ts";
import type { HookLog } from "../hooks/hook-log.ts";
import type { Scheduler } from "../schedules/scheduler.ts";
import type { TemplatePlans } from "../template-plans.ts";

export interface Engine {
  env: EngineEnv;
  limits: Limits;
  templates: TemplatePlans;
  scheduler: Scheduler;
  hookLog: HookLog;
  callbacks: Callbacks;
  /** Hides from agents with an identity where their lists go on. */
  veil: CursorVeil;
  /** How definitions are checked and compiled in pieces. */
  slicing: Slicing;
  /** Serialises defines by template name. */
  defines: KeyedLock;
  /** Serialises run starts by agent and idempotency key. */
  keys: KeyedLock;
  /** Through which runs go that begin with much that another has come to. */
  forks: FairGate;
  /**
   * Throws BUSY while the daemon stops or the store does not take commits, STORE_ERROR once its
   * files are not to be trusted.
   */
  refuseWhenBusy(): void;
  /** Commits a hand-over that belongs to no run. */
  commit(handOver: HandOver): Promise<Answer>;
}
