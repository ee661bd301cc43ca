// Which limits of programs the settings ask for and this machine does not hold: said once a daemon serves.

import type { Logger } from "../core/log.ts";
import { ASKED_BY, guardsOf, isolationTable } from "../engine/isolation/isolation.ts";
import type { Probes } from "../engine/isolation/probes.ts";
import { isolationSettings } from "./settings/isolation.ts";
import type { Settings } from "./settings/load.ts";

/** Of what is asked of all programs unasked (`tree`), each step's own event tells. */
export async function tellOfLackingGuards(
  settings: Settings,
  log: Logger,
  probes?: Probes,
): Promise<void> {
  const wanted = isolationSettings(settings);
  const { mode } = wanted;
  // Nothing is tried where nothing was asked for.
  if (mode === "off" || guardsOf(wanted).every((guard) => guard === "tree")) return;
  for (const { guard, asked, available, by } of await isolationTable(wanted, probes)) {
    if (!asked || available || guard === "tree") continue;
    const then = mode === "required"
      ? "shell.exec starts nothing"
      : guard === "memory"
      ? "it is held for each process alone, where that can be"
      : "programs run without it; isolation: required would refuse them";
    log.warn(`${ASKED_BY[guard]} is not held on this machine: ${then}`, { because: by });
  }
}
