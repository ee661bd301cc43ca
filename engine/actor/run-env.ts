// What a run's turn may reach: clock, journal, slots and the doors to the outside; not the engine (engine-env.ts).

import type { ActionRegistry } from "../../actions/action.ts";
import type { Logger } from "../../core/log.ts";
import type { Limits } from "../../embed/cel/budget.ts";
import type { ConcurrencyLimits } from "../concurrency/limits.ts";
import type { WaitingLine } from "../concurrency/waiting-line.ts";
import type { Plan } from "../definition/plan.ts";
import type { Journal } from "../journal/journal.ts";
import type { DecisionLinks } from "../links/links.ts";
import type { RunNumbers } from "../store/run-numbers.ts";
import type { CallPort } from "../calls/attempt.ts";
import type { Families } from "../state/families.ts";
import type { Residence } from "../state/residence.ts";
import type { Input } from "./inputs.ts";
import type { Pace } from "./pace.ts";
import type { RunsInMemory } from "../calls/after-news.ts";
import type { Measures } from "../measures.ts";
import type { Presence } from "./presence.ts";
import type { SlotPool } from "../calls/slots.ts";

/** How runs come to their turns, and what they produce to the store. */
export interface TurnPort {
  journal: Journal;
  pace: Pace;
  presence: Presence;
  /** Whose turn it is, see `SuspectStore.turns`. */
  turns: Float64Array;
  /** Fires the run's due timers once more, as far as their rows are still there. */
  refire(runNo: number): void;
}

/** What is known of workflows, and how far they may go. */
export interface WorkflowPort {
  registry: ActionRegistry;
  /** The compiled version of a template; NOT_FOUND when there is none. */
  plan(name: string, version: number | null): Promise<Plan>;
  /** The same for a run that is to begin: CONFLICT when the template is archived. */
  planToRun(name: string, version: number | null): Promise<Plan>;
  families: Families;
  /** How many runs may be under way at once. */
  concurrency: ConcurrencyLimits;
  /** Who begins those that wait for that. */
  admission: WaitingLine;
  /** How deep `workflow.run` may nest. */
  maxDepth: number;
  /** Bytes of JSON of a run's own output that an answer has. */
  mostOutput: number;
  /** What an expression may spend in a turn, when it is not the usual. */
  inlineLimits: Limits | undefined;
  /** Which outputs are kept in memory. */
  residence: Residence;
}

/** The other runs, for what a run does to those it has started. */
export interface OtherRuns extends RunsInMemory {
  /** Gives a run an input at once if it is in memory, or about to be; otherwise not at all. */
  tell(id: string, input: Input): void;
  /** Loads a run so that it goes on by itself. */
  wake(id: string, agent?: string): void;
}

export interface RunEnv extends CallPort, TurnPort, WorkflowPort {
  log: Logger;
  measures: Measures;
  slots: SlotPool;
  newId(): string;
  /** Links by which decisions are answered. */
  links: DecisionLinks;
  /** The numbers of new runs. */
  runNos: RunNumbers;
  runs: OtherRuns;
}
