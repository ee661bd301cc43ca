// Whether a program can be bounded by a control group here: one is made, and a program says whether it is in it.

import { basename } from "node:path";
import { toErrorObject } from "../../../core/errors.ts";
import { type Finding, missing, ONLY_LINUX } from "../finding.ts";
import { readProc } from "../processes.ts";
import { findTool, tryTool } from "../tools.ts";
import { hasBound } from "./bounds.ts";
import { delegate } from "./delegate.ts";
import { entering } from "./enter.ts";
import { makeGroup, removeAbandoned } from "./group.ts";
import {
  type Controller,
  groupsIn,
  hasController,
  type Place,
  type Places,
  placesIn,
} from "./places.ts";
import { hasSystemd, type Scope } from "./scope.ts";

/** What nothing that is tried comes near. */
const PROBED: Record<Controller, number> = { memory: 64 * 1024 * 1024, cpu: 50, pids: 64 };

const REMEDY =
  "run the daemon as a service of systemd (opcode install), whose unit has Delegate=yes";

/** The place is there where it is available. */
export interface FoundGroup {
  finding: Finding;
  place?: Place;
  /** Resolves when the place is no more; absent where it stays. */
  lost?: Promise<void>;
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

/** `own`: of this process; `scope`: opens the one of systemd, for all that ask. */
export async function probeGroup(
  controller: Controller,
  { own, scope, platform }: {
    own: Place | undefined;
    scope: () => Promise<Scope>;
    platform: string;
  },
): Promise<FoundGroup> {
  if (platform !== "linux") return { finding: missing(ONLY_LINUX) };
  const first = own === undefined
    ? "no control group"
    : await whyNot(controller, own, "the daemon's control group is not its own: ");
  if (first === null) return found("a control group", own!);
  if (!hasSystemd()) return { finding: missing(first, REMEDY) };
  const lacks = (why: string) => ({
    finding: missing(`${first}; no scope of systemd: ${why}`, REMEDY),
  });
  try {
    const { places: { [controller]: place }, lost } = await scope();
    if (place === undefined) return lacks(`it has no ${controller}`);
    const second = await whyNot(controller, place);
    return second === null ? { ...found("a scope of systemd", place), lost } : lacks(second);
  } catch (error) {
    return lacks(toErrorObject(error).message);
  }
}

function found(what: string, place: Place): FoundGroup {
  return { finding: { available: true, by: `${what} (cgroups v${place.version})` }, place };
}

/** Null where it holds; `refused`: what is said before what the system says that refuses it. */
async function whyNot(
  controller: Controller,
  place: Place,
  refused = "",
): Promise<string | null> {
  try {
    if (place.version === 2) delegate(place.dir, controller);
    const reason = await tried(controller, place);
    return reason === null ? null : `its control group: ${reason}`;
  } catch (error) {
    return refused + toErrorObject(error).message;
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
