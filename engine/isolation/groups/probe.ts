// Whether a program can be bounded by a control group here: one is made, and a program says whether it is in it.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { toErrorObject } from "../../../core/errors.ts";
import { type Finding, missing, ONLY_LINUX } from "../finding.ts";
import { readProc } from "../processes.ts";
import { findTool, tryTool } from "../tools.ts";
import { hasBound } from "./bounds.ts";
import { delegate } from "./delegate.ts";
import { entering } from "./enter.ts";
import { makeGroup, removeAbandoned } from "./group.ts";
import { type Controller, groupsIn, type Place, type Places, placesIn } from "./places.ts";

/** What nothing that is tried comes near. */
const PROBED: Record<Controller, number> = { memory: 64 * 1024 * 1024, cpu: 50, pids: 64 };

const REMEDY =
  "run the daemon as a service of systemd (opcode install), whose unit has Delegate=yes";

/** The place is there where it is available. */
export interface FoundGroup {
  finding: Finding;
  place?: Place;
}

/** The places of this process; what daemons before it have left there is removed. */
export function ownPlaces(platform: string): Places {
  if (platform !== "linux") return {};
  const places = placesIn(
    { own: readProc("self/cgroup"), mounts: readProc("self/mountinfo") },
    hasController,
  );
  removeAbandoned(places);
  return places;
}

export async function probeGroup(
  controller: Controller,
  place: Place | undefined,
  platform: string,
): Promise<FoundGroup> {
  if (platform !== "linux") return { finding: missing(ONLY_LINUX) };
  if (place === undefined) return { finding: missing("no control group", REMEDY) };
  try {
    if (place.version === 2) delegate(place.dir, controller);
    const reason = await tried(controller, place);
    if (reason !== null) return { finding: missing(`its control group: ${reason}`, REMEDY) };
    const by = `a control group (cgroups v${place.version})`;
    return { finding: { available: true, by }, place };
  } catch (error) {
    const { message } = toErrorObject(error);
    return { finding: missing(`the daemon's control group is not its own: ${message}`, REMEDY) };
  }
}

/** Null where it holds. */
async function tried(controller: Controller, place: Place): Promise<string | null> {
  const bound = PROBED[controller];
  const group = makeGroup({ [controller]: place }, { [controller]: bound });
  try {
    const own = group.places[controller]!;
    if (!hasBound(own, controller, bound)) return "it takes no bound";
    const before = entering(group.entries, { name: "opcode-probe", env: {} });
    const seen = await tryTool([...before, findTool("cat")!, "/proc/self/cgroup"]);
    if (!seen.ok) return seen.reason;
    return isIn(seen.stdout, controller, own) ? null : "a program does not stay in it";
  } finally {
    group.remove();
  }
}

function isIn(text: string, controller: Controller, { version, dir }: Place): boolean {
  const { named, unified } = groupsIn(text);
  const path = version === 2 ? unified : named.get(controller);
  return path !== undefined && basename(path) === basename(dir);
}

function hasController(dir: string, controller: Controller): boolean {
  try {
    return readFileSync(join(dir, "cgroup.controllers"), "utf8").split(/\s/).includes(controller);
  } catch {
    return false;
  }
}
