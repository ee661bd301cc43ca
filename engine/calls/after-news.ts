// When an action that has its slot may start: not before what may end it is taken.

import type { RunState } from "../state/state.ts";

/** Calls `go` once what came before is taken, and, unless it is about the run's `own` step, stored. */
export interface Pass {
  kind: "pass";
  own: boolean;
  go: () => void;
}

/** A run that may have yet to take what has reached it. */
interface Passed {
  readonly run: RunState;
  /** Whether there is anything that the run has yet to take. */
  readonly hasUnread: boolean;
  /** Whether there is, or anything of it has yet to be stored. */
  readonly isUnsettled: boolean;
  post(pass: Pass): void;
}

export interface RunsInMemory {
  /** By its number; undefined when it is not in memory. */
  actorOf(runNo: number): Passed | undefined;
}

/**
 * Calls `go` once the run and those above it have taken what has reached them by now: at once when
 * there is nothing, as usual. A race may be decided, a run cancelled or have failed with what waits
 * in an inbox, and an action that starts meanwhile would have its effect all the same.
 */
export function afterNews(runs: RunsInMemory, run: RunState, go: () => void): void {
  const line: Passed[] = [];
  for (let no: number | null = run.row.runNo; no !== null;) {
    const actor: Passed | undefined = runs.actorOf(no);
    if (!actor) break;
    line.push(actor);
    no = actor.run.row.parentRunNo;
  }
  descend(line, line.length - 1, go);
}

/** From the root downwards: what ends a run is told to those below it once it is stored. */
function descend(line: Passed[], from: number, go: () => void): void {
  for (let at = from; at >= 0; at--) {
    const actor = line[at]!;
    const own = at === 0;
    if (own ? !actor.hasUnread : !actor.isUnsettled) continue;
    return actor.post({ kind: "pass", own, go: () => descend(line, at - 1, go) });
  }
  go();
}
