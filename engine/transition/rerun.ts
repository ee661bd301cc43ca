// How a run begins that does another one again.

import { resume } from "./activity.ts";
import { requeue } from "./requeue.ts";
import { maskParams } from "./taken-params.ts";
import type { Turn } from "./turn.ts";

/** All of it is to do, with the params of the other one. `asker`: who wants it done again. */
export function beginRerun(turn: Turn, rerunOf: string, asker: string | undefined): void {
  resume(turn, JSON.stringify({ rerun_of: rerunOf }), asker);
  maskParams(turn);
  requeue(turn);
}
