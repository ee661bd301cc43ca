// How what concerns a template's schedules is stored although a time of theirs may come meanwhile.

import { OpcodeError } from "../../core/errors.ts";
import type { HandOver } from "../store/store.ts";
import type { Engine } from "./shared.ts";

/** How often what was overtaken by a time of a schedule is tried. */
const MOST_TRIES = 5;

/**
 * Commits what `make` makes of the schedules as they stand, anew when one was acted on meanwhile.
 * Throws STORE_ERROR with `failed` when it was not stored.
 */
export async function commitUnlessOvertaken(
  engine: Engine,
  make: () => Promise<HandOver>,
  failed: string,
): Promise<void> {
  for (let tries = 1;; tries++) {
    const result = await engine.commit(await make());
    if (result.ok) return;
    if (result.reason === "fenced" && tries < MOST_TRIES) continue;
    if (result.reason === "closed") throw result.error;
    throw new OpcodeError("STORE_ERROR", failed);
  }
}
