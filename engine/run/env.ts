// What every run of an engine shares: clock, journal, slots, and the doors to the outside.

import type { ActionRegistry, Host } from "../../actions/action.ts";
import type { Clock } from "../../core/clock.ts";
import type { Evaluate } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import type { Limits } from "../../embed/cel/budget.ts";
import type { SchemaGate } from "../../embed/schema/answer.ts";
import type { Plan } from "../definition/plan.ts";
import type { Access } from "../access.ts";
import type { Encoder } from "../journal/encode.ts";
import type { Journal } from "../journal/journal.ts";
import type { Store } from "../store/store.ts";
import type { Sealer } from "../vault/sealer.ts";
import type { Secrets } from "../vault/secrets.ts";
import type { Breakers } from "./breaker.ts";
import type { Budgets } from "./budgets.ts";
import type { Families } from "./families.ts";
import type { Residence } from "./held.ts";
import type { Pace } from "./pace.ts";
import type { Presence } from "./presence.ts";
import type { Runs } from "./runs.ts";
import type { SlotPool } from "./slots.ts";
import type { Suspects } from "./suspects.ts";

export interface Notification {
  message: string;
  workflow_id: string;
  step_id: string;
  data?: Json;
}

export interface Notified {
  notified: boolean;
  reason?: string;
}

export interface EngineEnv {
  clock: Clock;
  log: Logger;
  store: Store;
  journal: Journal;
  encoder: Encoder;
  registry: ActionRegistry;
  /** What the workflows of agents with an identity may do. */
  access: Access;
  host: Host;
  secrets: Secrets & Sealer;
  slots: SlotPool;
  breakers: Breakers;
  runs: Runs;
  /** Evaluates what is too much for a turn. */
  evaluate: Evaluate;
  /** Checks values by JSON Schemas. */
  schemas: SchemaGate;
  /** What an expression may spend in a turn, when it is not the usual. */
  inlineLimits: Limits | undefined;
  /** Which outputs are kept in memory. */
  residence: Residence;
  newId(): string;
  pace: Pace;
  presence: Presence;
  /** The compiled version of a template; NOT_FOUND when there is none. */
  plan(name: string, version: number | null): Promise<Plan>;
  notify(agentId: string, notification: Notification): Promise<Notified>;
  /** Fires the run's due timers once more, as far as their rows are still there. */
  refire(runNo: number): void;
  /** How deep `workflow.run` may nest. */
  maxDepth: number;
  /** Bytes of JSON of a run's own output that an answer has. */
  mostOutput: number;
  families: Families;
  budgets: Budgets;
  suspects: Suspects;
  /** Whose turn it is, see `Store.turns`. */
  turns: Float64Array;
}
