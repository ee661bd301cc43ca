// How runs come here whose node is gone: it is looked for them as long as this one runs.

import type { EngineEnv } from "../engine-env.ts";
import type { Timers } from "../timers/timers.ts";
import { adoptedPages, recoverPages } from "../recovery/start-up.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked whether a node has gone, in the time after which one counts as dead. */
const LOOKS = 5;

export function adoption(env: EngineEnv, timers: Pick<Timers, "reread">): Lookout {
  const { ownership } = env.store;
  let looks = 0;
  return new Lookout(env, {
    everyMs: ownership ? ownership.leaseMs / LOOKS : Infinity,
    what: "looking for runs of others",
    async look() {
      // Another node may have set a timer of a run that is here, for a time that has passed.
      if (++looks % LOOKS === 0) timers.reread();
      const pages = adoptedPages(env, async ({ gone }) => {
        if (!gone) return;
        await env.families.restore(env.store);
        // Timers of those that wait are ours to fire, too.
        timers.reread();
      });
      const count = await recoverPages(env, pages);
      if (count > 0) env.log.info("runs go on here whose node is gone", { count });
    },
  });
}
