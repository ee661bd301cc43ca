// Where an actor is kept while it is in memory, as it sees that itself; see runs.ts.

import type { OtherRuns } from "./run-env.ts";
import type { Input } from "./inputs.ts";
import type { Watcher } from "./watcher.ts";

export interface Keeper<Actor> extends OtherRuns {
  /** Runs at rest that stay in memory for a while. */
  readonly resting: { keep(actor: Actor): boolean };
  /** An input for an actor that is gone. */
  forward(id: string, input: Input): void;
  /** A hand-over of the run was committed. */
  kept(id: string): void;
  unload(actor: Actor): void;
  /** An actor was lost with a turn; `byBug`: the same turn may fail again at once. */
  lost(actor: Actor, left: { inputs: Input[]; watchers: Watcher[]; byBug: boolean }): void;
}
