// How runs come here whose node is gone: it is looked for them as long as this one runs.

import type { EngineEnv } from "../engine-env.ts";
import type { Timers } from "../timers/timers.ts";
import { PAGE, recoverPage } from "../recovery/start-up.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked whether a node has gone, in the time after which one counts as dead. */
const LOOKS = 5;

export function adoption(env: EngineEnv, timers: Pick<Timers, "reread">): Lookout {
  const { store, runs, log } = env;
  return new Lookout(env, {
    everyMs: store.ownership ? store.ownership.leaseMs / LOOKS : Infinity,
    what: "looking for runs of others",
    async look() {
      for (let more = true; more && !runs.stopping;) {
        const adopted = await store.ownership!.adopt(PAGE);
        if (adopted.gone) {
          await env.families.restore(store);
          // Timers of those that wait are ours to fire, too.
          timers.reread();
        }
        await recoverPage(env, adopted.runs);
        if (adopted.runs.length > 0) {
          log.info("runs go on here whose node is gone", { count: adopted.runs.length });
        }
        more = adopted.more;
      }
    },
  });
}
