// What tests of isolation share: settings, findings that are given, and a program that leaves its group.

import type { Guard } from "../../core/isolation.ts";
import type { JsonObject } from "../../core/json.ts";
import { DEFAULT_ISOLATION, type IsolationSettings } from "../../engine/isolation/settings.ts";
import { Alias } from "../../engine/isolation/alias.ts";
import type { Finding } from "../../engine/isolation/finding.ts";
import type { Probes } from "../../engine/isolation/probes.ts";

export const needsLinux = process.platform === "linux" ? false : "only Linux has it";

export function isolationSettings(more: Partial<IsolationSettings> = {}): IsolationSettings {
  return { ...DEFAULT_ISOLATION, ...more };
}

/** Findings as given: those that are not named are missing. */
export function givenProbes(
  found: Partial<Record<Guard, Finding>>,
  prlimit = "/given/prlimit",
): Probes {
  return {
    prlimit: async () => new Alias(prlimit),
    place: async () => undefined,
    of: async (guard) => found[guard] ?? { available: false, by: `no ${guard}` },
  };
}

/**
 * Params of shell.exec for a program that waits beside one which has left it: a session of its own,
 * forked twice, its environment emptied. Its pid goes to the file `stray` in `place`. `trap`: what it
 * does when it is told to end.
 */
export function detached(place: string, trap = "exit 0"): JsonObject & { command: string } {
  const stray = `trap '${trap}' TERM; echo $$ > stray.new; mv stray.new stray; ` +
    "while :; do sleep 0.05; done";
  return {
    workdir: place,
    shell: true,
    command: `(setsid env -i PATH="$PATH" sh -c "${stray.replaceAll("$", "\\$")}" ` +
      "> /dev/null 2>&1 < /dev/null &) & wait; sleep 600",
  };
}
