// What the state of a step knows of its attempt that is in flight; see calls/attempt.ts.

export interface AttemptInFlight {
  /** Whether its action is external and has yet to be called, for it waits for a slot. */
  readonly waits: boolean;
  /** How long its breaker would refuse the next attempt, in ms. */
  readonly refusedMs: number;
  /** Gives the attempt up: aborts the action and lets it end by itself within the grace. */
  abandon(reason: string): void;
}
