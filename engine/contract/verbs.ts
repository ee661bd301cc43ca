// Which verbs the engine has, with the contract of each.

import { DEFINE } from "./define.ts";
import { DIAGRAM } from "./diagram.ts";
import { QUERY } from "./query.ts";
import { RUN } from "./run.ts";
import { SIGNAL } from "./signal.ts";
import { STATUS } from "./status.ts";
import type { AnyContract } from "./terms.ts";

export const VERBS = {
  define: DEFINE,
  diagram: DIAGRAM,
  query: QUERY,
  run: RUN,
  signal: SIGNAL,
  status: STATUS,
} as const satisfies Readonly<Record<string, AnyContract>>;

export type Verb = keyof typeof VERBS;
