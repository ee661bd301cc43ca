// Which guards this machine has: each is tried once, when it is first asked for.

import type { Guard } from "../../core/isolation.ts";
import { Alias } from "./alias.ts";
import { type Finding, missing, ONLY_LINUX } from "./finding.ts";
import type { Controller, Place } from "./groups/places.ts";
import { type FoundGroup, ownPlaces, probeGroup } from "./groups/probe.ts";
import { theScope } from "./groups/scope.ts";
import { probeSpace } from "./probe-space.ts";
import { hasTag, newTag, tagOptions } from "./tag.ts";
import { findTool, tryTool } from "./tools.ts";

/** What was found out; each is tried once for all that ask. */
export interface Probes {
  /** prlimit; undefined where there is none that works. */
  prlimit(): Promise<Alias | undefined>;
  /** Where the controller can bound a program; undefined where it cannot. */
  place(controller: Controller): Promise<Place | undefined>;
  of(guard: Guard): Promise<Finding>;
}

let ofProcess: Probes | undefined;

/** Those of this process, for all that ask. */
export function theProbes(): Probes {
  return ofProcess ??= createProbes();
}

/** Has all tried anew for whoever asks from now on: the machine may have changed. */
export function forgetProbes(): void {
  ofProcess = undefined;
}

/** `platform`: as Node names it, for what is another's. */
export function createProbes(platform: string = process.platform): Probes {
  const tree = once(() => probeTree(platform));
  const memory = once(() => probeMemory(platform));
  const places = once(async () => ownPlaces(platform));
  const groupOf = (controller: Controller) =>
    once(async (forget): Promise<FoundGroup> => {
      const { finding } = await tree();
      // What stays of a program is ended by its tag, and only then its group can go.
      if (!finding.available && platform === "linux") return { finding };
      const own = (await places())[controller];
      const found = await probeGroup(controller, { own, scope: theScope, platform });
      void found.lost?.then(forget);
      return found;
    });
  const groups: Record<Controller, () => Promise<FoundGroup>> = {
    memory: groupOf("memory"),
    cpu: groupOf("cpu"),
    pids: groupOf("pids"),
  };
  const findings: Record<Guard, () => Promise<Finding>> = {
    tree: async () => (await tree()).finding,
    memory_per_process: memory,
    memory: async () => (await groups.memory()).finding,
    cpu: async () => (await groups.cpu()).finding,
    pids: async () => (await groups.pids()).finding,
    network: once(() => probeSpace("network", platform)),
    filesystem: once(() => probeSpace("filesystem", platform)),
    processes: once(() => probeSpace("processes", platform)),
  };
  return {
    prlimit: async () => (await tree()).prlimit,
    place: async (controller) => (await groups[controller]()).place,
    of: (guard) => findings[guard](),
  };
}

/** Asks once, and again only after it could not be asked, or has been told to forget what came of it. */
function once<T>(ask: (forget: () => void) => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  const forget = () => void (answer = undefined);
  return () =>
    answer ??= ask(forget).catch((error) => {
      forget();
      throw error;
    });
}

const INSTALL = "install util-linux, which has prlimit";

async function probeTree(platform: string): Promise<{ finding: Finding; prlimit?: Alias }> {
  if (platform !== "linux") return { finding: missing(ONLY_LINUX) };
  const prlimit = findTool("prlimit");
  if (prlimit === undefined) return { finding: missing("there is no prlimit", INSTALL) };
  const tag = newTag();
  if (tag === undefined) {
    const why = "the daemon's own limit of real-time runs (RLIMIT_RTTIME) is too low, or unknown";
    return { finding: missing(why, "start the daemon without LimitRTTIME, and with /proc") };
  }
  const tried = await tryTool([prlimit, ...tagOptions(tag), "--", "cat", "/proc/self/limits"]);
  if (!tried.ok) return { finding: missing(`prlimit: ${tried.reason}`, INSTALL) };
  if (!hasTag(tried.stdout, tag)) return { finding: missing("prlimit sets no RLIMIT_RTTIME") };
  return {
    finding: { available: true, by: "an inherited limit (RLIMIT_RTTIME)" },
    prlimit: new Alias(prlimit),
  };
}

/** 64 MiB are refused where 32 are allowed. */
async function probeMemory(platform: string): Promise<Finding> {
  if (platform !== "linux") return missing(ONLY_LINUX);
  const prlimit = findTool("prlimit");
  if (prlimit === undefined) return missing("there is no prlimit", INSTALL);
  const tried = await tryTool([prlimit, ...dataOptions(PROBED), "--", "cat", "/proc/self/limits"]);
  if (!tried.ok) return missing(`prlimit: ${tried.reason}`, INSTALL);
  return new RegExp(`^Max data size +${PROBED} +${PROBED} `, "m").test(tried.stdout)
    ? { available: true, by: "RLIMIT_DATA" }
    : missing("prlimit sets no RLIMIT_DATA");
}

const PROBED = 64 * 1024 * 1024;

/** What a process may have of memory that is its own, in bytes; what it shares or maps is not in it. */
export function dataOptions(bytes: number): string[] {
  return [`--data=${bytes}:${bytes}`];
}
