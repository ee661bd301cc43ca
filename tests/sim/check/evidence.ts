// What the checker is shown of one run.

import type { WorkflowDefinition } from "../../../engine/definition/types.ts";
import type { RunRecord, StoredDecision } from "../../../engine/store/store.ts";

/** One call of an action that has effects outside. */
export interface Call {
  /** `run:step:attempt`. */
  key: string;
  /** Full id. */
  stepId: string;
  attempt: number;
  /**
   * `result`: the action returned or threw. `aborted`: the engine told it to stop. `crashed`: the
   * process died meanwhile. `open`: it is still at work.
   */
  ended: "result" | "aborted" | "crashed" | "open";
}

export interface Evidence {
  definition: WorkflowDefinition;
  /** The run's rows, with all of its events. */
  record: RunRecord;
  timers: readonly { key: string; dueAt: number }[];
  /** All of the run's, whatever their status. */
  decisions: readonly StoredDecision[];
  calls: readonly Call[];
  /** Simulated epoch ms at which the rows were read. */
  now: number;
  /** By how many ms the wall clock was set back so far: what is over may look so much too early. */
  setBackMs: number;
  /** By how many ms the clock of a node may be ahead of that: what has fired there may seem to be still to come. */
  spreadMs?: number;
  /** Whether nothing of it can move any more unless time passes or somebody sends a signal. */
  final: boolean;
  /** The run that this one is forked from. */
  source?: Evidence;
  /** Runs that this one started, by id. */
  children: Readonly<Record<string, Evidence>>;
}
