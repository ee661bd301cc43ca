// Whether what is below this process's own group can be bounded, which in cgroups v2 has to be allowed there.
//
// A group of the second version that has processes gives its children nothing to bound programs with ("no
// internal processes", cgroups(7)), the root alone excepted. Some controllers (cpu, pids) can be allowed
// there all the same: the group then becomes one of threads, whose children no program can enter, and
// memory cannot be allowed any more. So a daemon that is alone in its group moves itself, and what it has
// started, into one below it first.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processes, withDescendants } from "../processes.ts";
import { type Controller, DAEMON } from "./places.ts";

/** What it started meanwhile is moved the next time. */
const MOST_TRIES = 5;

/** Throws, with the reason, where it cannot be. */
export function delegate(dir: string, controller: Controller): void {
  for (let n = 0; n < MOST_TRIES; n++) {
    const members = membersOf(dir);
    if (members.length > 0) {
      moveDown(dir, members);
      continue;
    }
    if (isAllowed(dir, controller)) return;
    try {
      writeFileSync(join(dir, "cgroup.subtree_control"), `+${controller}`);
      return;
    } catch (error) {
      // Something has been started there meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "EBUSY") throw error;
    }
  }
  throw new Error("programs do not leave the daemon's control group");
}

function isAllowed(dir: string, controller: Controller): boolean {
  const allowed = readFileSync(join(dir, "cgroup.subtree_control"), "utf8");
  return allowed.trim().split(/\s+/).includes(controller);
}

/** None of the root, which may have processes and allow things; it alone has no type. */
function membersOf(dir: string): string[] {
  if (!existsSync(join(dir, "cgroup.type"))) return [];
  return readFileSync(join(dir, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
}

function moveDown(dir: string, members: readonly string[]): void {
  const mine = withDescendants([process.pid], processes());
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
