// Which tools there are.

import { define } from "./define.ts";
import { diagram } from "./diagram.ts";
import { query } from "./query.ts";
import { run } from "./run.ts";
import { signal } from "./signal.ts";
import { status } from "./status.ts";
import type { Tool } from "./tool.ts";

/** Sorted by name, as they are listed. */
export const TOOLS: readonly Tool[] = [define, diagram, query, run, signal, status];
