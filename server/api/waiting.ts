// How a request waits for its run.

import type { Context } from "hono";
import type { Watch } from "../../engine/api.ts";
import { type HeldPlaces, inPlace, leavingOf } from "../held.ts";

/** A caller that waits stops waiting when it hangs up or its place is needed; the run goes on. */
export function waiting<T>(
  c: Context,
  { held, wait_ms }: { held: HeldPlaces; wait_ms: number },
  call: (watch: Watch) => Promise<T>,
): Promise<T> {
  return wait_ms > 0 ? inPlace(held.waits, leavingOf(c), (signal) => call({ signal })) : call({});
}
