// Which requests are deliveries to hooks, and what the door has found out about their senders.

import type { Context } from "hono";

/** As the router has it. */
export const HOOK_PATH = "/hooks/:template/:name";

/** Deliveries need no token of the daemon's: they prove by themselves who sends them. */
export function isHookPath(path: string): boolean {
  return /^\/hooks\/[^/]+\/[^/]+\/?$/.test(path);
}

const KEY = "stranger";

/** `reason`: why the sender may be anybody; undefined when it may come without a proof. */
export function setStranger(c: Context, reason: string | undefined): void {
  c.set(KEY, reason ?? null);
}

/** The same; of a request that has not come through the door, too. */
export function strangerOf(c: Context): string | null {
  const reason = c.get(KEY) as string | null | undefined;
  return reason === undefined ? "it has not come through the door" : reason;
}
