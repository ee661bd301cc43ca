// How agents that are here are told what other nodes have kept for them.

import type { EngineEnv } from "../engine-env.ts";
import type { Notices } from "../notices/notices.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked whether there is anything, ms. */
const LOOK_MS = 500;

export function noticeWatch(env: EngineEnv, notices: Notices): Lookout {
  const look = () => notices.look();
  return new Lookout(env, {
    everyMs: LOOK_MS,
    what: "looking for what agents are to be told",
    look,
  });
}
