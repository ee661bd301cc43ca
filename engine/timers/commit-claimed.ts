// How what acts on timers without a run is stored.

import { OpcodeError } from "../../core/errors.ts";
import type { Answer, Journal } from "../journal/journal.ts";
import type { HandOver } from "../store/store.ts";

/** False when somebody else has acted before. Throws when nothing can be stored. */
export async function commitClaimed(journal: Journal, handOver: HandOver): Promise<boolean> {
  const answer = await new Promise<Answer>((resolve) => journal.submit(handOver, resolve));
  if (answer.ok) return true;
  if (answer.reason === "closed") throw answer.error;
  if (answer.reason === "refused") throw new OpcodeError("STORE_ERROR", answer.message);
  return false;
}
