// Real process trees for tests: one that does its best to stay, and a look at who is left of it.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../core/json.ts";
import { type Process, processes, readProc } from "../../engine/isolation/processes.ts";

/** Processes that `stubbornTree` starts below the group's leader: 20 children, 9 of each. */
export const TREE_SIZE = 200;

/**
 * Params of shell.exec for a tree of 200 processes below the leader, all of which ignore SIGTERM
 * and hold the pipes. The leader's pid goes to the file `leader` in `place`, the working directory.
 */
export function stubbornTree(place: string): JsonObject {
  const grandchildren = "trap '' TERM; for j in 1 2 3 4 5 6 7 8 9; do sleep 600 & done; wait";
  return {
    workdir: place,
    shell: true,
    command: "trap '' TERM; echo $$ > leader.new; mv leader.new leader; " +
      `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sh -c "${grandchildren}" & ` +
      "done; wait",
  };
}

/** The number of the tree's group, which its leader has left. */
export function leaderOf(place: string): number {
  return Number(readFileSync(join(place, "leader"), "utf8"));
}

/** Waits until the whole tree stands; returns its group. */
export async function treeOf(place: string): Promise<number> {
  await inTime(() => existsSync(join(place, "leader")), "the leader of the tree");
  const leader = leaderOf(place);
  await inTime(() => groupMembers(leader).length > TREE_SIZE, "the whole tree");
  return leader;
}

/** Waits until nobody of the group is left; names who is when that takes too long. */
export async function assertGroupDies(leader: number): Promise<void> {
  assert.ok(leader > 1);
  await inTime(() => groupMembers(leader).length === 0, `the end of group ${leader}`);
}

/** Waits until the process has ended; a zombie waits for a parent that does not care. */
export async function assertDies(pid: number): Promise<void> {
  assert.ok(pid > 1);
  await inTime(() => isDead(pid), `the end of process ${pid}`);
}

/** Whether the process is gone, or waits as a zombie. */
export function isDead(pid: number): boolean {
  try {
    return /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}

/** Pids of the living processes of a group; zombies wait for a parent that does not care. */
export function groupMembers(group: number): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const [state, , pgrp] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return Number(pgrp) === group && state !== "Z" && state !== "X";
    } catch {
      return false;
    }
  });
}

/** For what the kernel does in its own time: looks again until it is so, for at most 20 s. */
async function inTime(condition: () => boolean, what: string): Promise<void> {
  const giveUp = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > giveUp) assert.fail(`waited in vain for ${what}`);
    await new Promise(setImmediate);
  }
}

/** Waits until no process has this variable with this value; needs a /proc to see any. */
export async function assertNobodyHas(variable: string, value: string): Promise<void> {
  const wanted = `${variable}=${value}`;
  const has = ({ pid, isZombie }: Process) =>
    !isZombie && readProc(`${pid}/environ`).split("\0").includes(wanted);
  await inTime(() => !processes().some(has), `the end of whoever has ${wanted}`);
}
