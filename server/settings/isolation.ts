// What the settings ask for of the place where programs of workflows run.

import { parseDuration } from "../../core/duration.ts";
import type { IsolationSettings } from "../../engine/isolation/settings.ts";
import type { Settings } from "./load.ts";

export function isolationSettings(settings: Settings): IsolationSettings {
  return {
    mode: settings.isolation,
    maxMemory: settings["shell.max_memory"],
    maxCpu: settings["shell.max_cpu"],
    maxPids: settings["shell.max_pids"],
    network: settings["shell.network"],
    processes: settings["shell.processes"],
    root: settings["shell.root"],
    writable: settings["fs.writable"],
    hidden: settings["fs.deny"],
    graceMs: parseDuration(settings["shell.kill_grace"]),
  };
}
