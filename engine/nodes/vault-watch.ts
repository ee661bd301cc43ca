// How a secret that another node has stored, changed or deleted, or a vault that it has made, comes to be known here.

import type { EngineEnv } from "../engine-env.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked whether there is anything new: for so long a secret counts as it was, ms. */
const LOOK_MS = 1_000;

export function vaultWatch(env: EngineEnv): Lookout {
  const { secrets, log } = env;
  let known = secrets.state;
  return new Lookout(env, {
    everyMs: LOOK_MS,
    what: "reading the vault",
    async look() {
      await secrets.refresh?.();
      const before = known;
      known = secrets.state;
      if (known !== "locked" || before === "locked") return;
      log.warn(
        "another node has given the vault a key: steps that need a secret fail here until " +
          '"opcode secret unlock" gives it to this one, too',
      );
    },
  });
}
