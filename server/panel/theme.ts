// Which look somebody has chosen, as a cookie that scripts may set.

import type { Context } from "hono";

/** Undefined: as the machine has it. */
export function themeOf(c: Context): "light" | "dark" | undefined {
  const found = /(?:^|; )theme=(light|dark)(?:;|$)/.exec(c.req.header("cookie") ?? "");
  return found?.[1] as "light" | "dark" | undefined;
}
