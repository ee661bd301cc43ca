// Whether a process group is still the one that was started: numbers are used again.

import { readFileSync } from "node:fs";

/** When the process was started, in ticks since the machine was; null where that cannot be seen. */
export function startOf(pid: number): string | null {
  return statOf(pid)[19] ?? null;
}

/** The number of its process group; null where that cannot be seen. */
export function groupOf(pid: number): number | null {
  const group = statOf(pid)[2];
  return group === undefined ? null : Number(group);
}

/** What /proc tells of the process, from its state on: state, parent, group, …; empty without it. */
export function statOf(pid: number): string[] {
  try {
    // The name before stands in parentheses, and may hold any.
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return [];
  }
}

/** Whether anything of the group runs whose leader had this number and was started then. */
export function groupRuns(leader: number, started: string | null): boolean {
  try {
    process.kill(-leader, 0);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  // While the group lives nobody else gets its number; without its leader nothing more can be seen.
  const now = startOf(leader);
  return now === null || started === null || now === started;
}
