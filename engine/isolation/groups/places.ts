// Where the control groups of this process are: for each controller the directory that stands for its own.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mount, readMounts } from "../mountinfo.ts";

export const CONTROLLERS = ["memory", "cpu", "pids"] as const;

/** What can be bounded for a program with all that it starts. */
export type Controller = (typeof CONTROLLERS)[number];

export interface Place {
  /** 1: a hierarchy for each controller; 2: one for all (cgroups(7)). */
  version: 1 | 2;
  dir: string;
  /**
   * Where this process may put no program into a group made there: the line of a shell that has the shell
   * (`$$`) put into the group in a directory.
   */
  enter?: (dir: string) => string;
}

export type Places = Partial<Record<Controller, Place>>;

/** Where a daemon moves itself when what is below its own group is to be bounded; see `delegate`. */
export const DAEMON = "opcode-daemon";

/**
 * `own`, `mounts`: /proc/self/cgroup and /proc/self/mountinfo; `has`: whether the second version's
 * group in this directory has the controller.
 */
export function placesIn(
  { own, mounts }: { own: string; mounts: string },
  has: (dir: string, controller: Controller) => boolean,
): Places {
  const places: Places = {};
  const hierarchies = readMounts(mounts).filter(({ type }) => /^cgroup2?$/.test(type));
  const { named, unified } = groupsIn(own);
  const below = unified === undefined ? undefined : dirOf(unified, hierarchies, "");
  for (const controller of CONTROLLERS) {
    const path = named.get(controller);
    const dir = path === undefined ? below : dirOf(path, hierarchies, controller);
    if (dir === undefined) continue;
    if (path !== undefined) places[controller] = { version: 1, dir };
    else if (has(dir, controller)) places[controller] = { version: 2, dir };
  }
  return places;
}

/** Whether the second version's group in this directory has the controller. */
export function hasController(dir: string, controller: Controller): boolean {
  try {
    return readFileSync(join(dir, "cgroup.controllers"), "utf8").split(/\s/).includes(controller);
  } catch {
    return false;
  }
}

/** Of /proc/PID/cgroup: lines like `4:cpu,cpuacct:/path`, and `0::/path` for the second version. */
export function groupsIn(
  text: string,
): { named: Map<string, string>; unified: string | undefined } {
  const named = new Map<string, string>();
  let unified: string | undefined;
  for (const line of text.split("\n")) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (path === undefined) continue;
    if (controllers === "") unified = path.replace(new RegExp(`(^|/)${DAEMON}$`), "") || "/";
    else for (const controller of controllers!.split(",")) named.set(controller, path);
  }
  return { named, unified };
}

/** Undefined where the group is not seen: it lies outside of what is mounted. `controller`: empty for the second version. */
function dirOf(
  path: string,
  hierarchies: readonly Mount[],
  controller: string,
): string | undefined {
  for (const { at, root, type, superOptions } of hierarchies) {
    if (type === "cgroup2" ? controller !== "" : !superOptions.includes(controller)) continue;
    if (root === "/") return join(at, path);
    if (path === root || path.startsWith(`${root}/`)) return join(at, path.slice(root.length));
  }
  return undefined;
}
