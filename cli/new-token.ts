// How tokens are made: 256 random bits, with a beginning that says whose they are.

import { randomBytes } from "node:crypto";

/** `oca`: an agent's; `ocd`: the daemon's own. */
export function newToken(whose: "oca" | "ocd"): string {
  return `${whose}_${randomBytes(32).toString("base64url")}`;
}
