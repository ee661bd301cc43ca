// What CPU time processes have used so far, as /proc tells it.

import { statOf } from "../../core/running.ts";

/** Clock ticks a second there, fixed by Linux's ABI. */
const TICKS = 100;
/** Where among what follows its state are the ticks of a process, user and system, and of its children that ended. */
const OWN = [11, 13] as const;
const WITH_CHILDREN = [11, 15] as const;

/** Of one process, in ms; 0 when there is none. */
export function cpuMsOf(pid: number): number {
  return msOf(statOf(pid), OWN);
}

/** With the children that it has waited for, in ms. */
export function cpuMsWithEnded(pid: number): number {
  return msOf(statOf(pid), WITH_CHILDREN);
}

function msOf(stat: readonly string[], [from, to]: readonly [number, number]): number {
  return stat.slice(from, to).reduce((sum, ticks) => sum + Number(ticks), 0) * (1000 / TICKS);
}
