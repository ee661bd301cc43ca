// Whether a program can have namespaces of its own here: one is started in them, and looks around.

import { readlinkSync } from "node:fs";
import { toErrorObject } from "../../core/errors.ts";
import { type Finding, missing, ONLY_LINUX } from "./finding.ts";
import { probeSeatbelt } from "./seatbelt.ts";
import type { Spaces } from "./space.ts";
import { enter, findTools } from "./spaces.ts";
import { tryTool } from "./tools.ts";

type Space = "network" | "processes" | "filesystem";

const ALLOW =
  "run the daemon as root, or allow its user namespaces (kernel.unprivileged_userns_clone, " +
  "user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns)";

const NOTHING: Spaces = { network: false, processes: false, view: null };

interface Trial {
  spaces: Spaces;
  /** A line of a shell that ends well where the guard holds. */
  look: string;
  by: string;
}

function trials(): Record<Space, Trial> {
  const view = { writable: [], hidden: [], cwd: "/" };
  return {
    network: {
      spaces: { ...NOTHING, network: true },
      // Beside the two lines of the head there is the loopback.
      look: '[ "$(grep -c : /proc/net/dev)" -le 1 ] && ! grep -q "lo: *[1-9]" /proc/net/dev',
      by: "a network namespace",
    },
    processes: {
      spaces: { ...NOTHING, processes: true },
      look: `[ "$(readlink /proc/self/ns/pid)" != "${readlinkSync("/proc/self/ns/pid")}" ] && ` +
        '[ "$(ls -d /proc/[0-9]* | wc -l)" -lt 10 ]',
      by: "a PID namespace with its /proc",
    },
    filesystem: {
      spaces: { ...NOTHING, processes: true, view },
      look: '[ ! -w / ] && [ ! -w /usr ] && [ -w /tmp ] && [ -z "$(ls -A /tmp)" ]',
      by: "a mount namespace",
    },
  };
}

export async function probeSpace(space: Space, platform: string): Promise<Finding> {
  if (platform === "darwin" && space !== "processes") return probeSeatbelt(space);
  if (platform !== "linux") return missing(ONLY_LINUX);
  const tools = findTools();
  if (!tools) {
    const why = "there is no unshare, nsenter or setpriv";
    return missing(why, "install util-linux");
  }
  try {
    const { spaces, look, by } = trials()[space];
    const entrance = await enter(spaces, tools, { cwd: "/", graceMs: 0 });
    try {
      const tried = await tryTool([...entrance.before, "/bin/sh", "-c", look]);
      return tried.ok ? { available: true, by } : missing(`${by}: ${tried.reason}`, ALLOW);
    } finally {
      entrance.close();
    }
  } catch (error) {
    return missing(`no namespace: ${toErrorObject(error).message}`, ALLOW);
  }
}
