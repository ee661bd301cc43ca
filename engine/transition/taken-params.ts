// How params that another run was given are stored with the run that takes them over.

import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import { PARAMS_SLOT } from "../secrecy/sealed.ts";
import type { Turn } from "./turn.ts";

/** Those of a run that has ended are known raw; no row may be. */
export function maskParams(turn: Turn): void {
  const { row } = turn.run;
  const params = parseJson(row.params) as JsonObject;
  turn.sealSlot(PARAMS_SLOT, params);
  row.params = turn.text(params);
}
