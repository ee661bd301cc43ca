// Whether what is below this process's own group can be bounded, which in cgroups v2 has to be allowed there.
//
// A group of the second version that has processes gives its children no controllers ("no internal
// processes", cgroups(7)), the root alone excepted. A daemon that is alone in its group moves itself,
// and what it has started, into one below it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processes } from "../processes.ts";
import { type Controller, DAEMON } from "./places.ts";

/** What it started meanwhile is moved the next time. */
const MOST_TRIES = 5;

/** Throws, with the reason, where it cannot be. */
export function delegate(dir: string, controller: Controller): void {
  const allowed = () => readFileSync(join(dir, "cgroup.subtree_control"), "utf8").split(/\s/);
  for (let n = 0; !allowed().includes(controller); n++) {
    try {
      writeFileSync(join(dir, "cgroup.subtree_control"), `+${controller}`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EBUSY" || n === MOST_TRIES) throw error;
      moveDown(dir);
    }
  }
}

function moveDown(dir: string): void {
  const members = readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
  const mine = family(process.pid);
  if (members.some((pid) => !mine.has(Number(pid)))) {
    throw new Error("programs of others run in the daemon's control group");
  }
  mkdirSync(join(dir, DAEMON), { recursive: true });
  for (const pid of members) {
    try {
      writeFileSync(join(dir, DAEMON, "cgroup.procs"), pid);
    } catch (error) {
      // It has ended.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

function family(root: number): Set<number> {
  const living = processes();
  const found = new Set([root]);
  for (let before = 0; before < found.size;) {
    before = found.size;
    for (const { pid, parent } of living) if (found.has(parent)) found.add(pid);
  }
  return found;
}
