// What may be asked to be removed of ended runs, and what is answered.

/** What to remove of the runs that have ended; without a bound: what the settings keep no longer. */
export interface PruneRequest {
  /** Those that ended longer ago: a duration, or days such as `30d`. */
  older_than?: string;
  /** All but so many of the newest. */
  max_runs?: number;
  /** Removes nothing, and tells what would be. */
  dry_run?: boolean;
}

export interface PruneReply {
  dry_run?: true;
  /** Runs of which nothing is left. */
  runs: number;
  /** Runs of which only how they ended is left: another one, or a key, refers to them. */
  emptied_runs: number;
  events: number;
  /** Times of schedules that nothing is told of any more. */
  fires?: number;
  /** Pages of the database's file that were given back to the file system. */
  pages_returned?: number;
  /** The longest that others had to wait for it to leave the database to them, ms. */
  longest_ms?: number;
  /** It was stopped before it was through; the next sweep goes on. */
  stopped?: true;
  took_ms: number;
}
