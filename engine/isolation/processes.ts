// Which processes run on this machine, and whose children they are.

import { readdirSync, readFileSync } from "node:fs";
import { statOf } from "../../core/running.ts";

export interface Process {
  pid: number;
  parent: number;
  group: number;
  /** It has ended, and nobody has asked how. */
  isZombie: boolean;
}

/** Those that /proc shows to this user; none where there is no /proc. */
export function processes(): Process[] {
  return pids().flatMap((pid) => {
    const process = processOf(pid);
    return process ? [process] : [];
  });
}

/** These, and whatever among the living descends from them. */
export function withDescendants(pids: Iterable<number>, living: readonly Process[]): Set<number> {
  const found = new Set(pids);
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { pid, parent } of living) if (found.has(parent)) found.add(pid);
  }
  return found;
}

/**
 * The process that this one, of one thread, has started; undefined when there is none. Not every kernel
 * says so by itself: where it does not, all are looked through.
 */
export function childOf(pid: number): number | undefined {
  const [first] = readProc(`${pid}/task/${pid}/children`).trim().split(" ");
  if (first) return Number(first);
  return processes().find(({ parent }) => parent === pid)?.pid;
}

/** Undefined where there is none of this number. */
export function processOf(pid: number): Process | undefined {
  const [state, parent, group] = statOf(pid);
  if (group === undefined) return undefined;
  const isZombie = state === "Z" || state === "X";
  return { pid, parent: Number(parent), group: Number(group), isZombie };
}

/** Empty where it cannot be read: the process has ended, or is another user's. */
export function readProc(path: string): string {
  try {
    return readFileSync(`/proc/${path}`, "utf8");
  } catch {
    return "";
  }
}

function pids(): number[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  } catch {
    return [];
  }
}
