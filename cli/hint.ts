// How a command is written that somebody may type next.

import { CALLED } from "./called.ts";
import { LEAST_ID } from "./table.ts";
import { isRunId } from "./run-id.ts";
import { quoted } from "./quoted.ts";

/** The command line that starts this program, as it was called, with these words. */
export function hint(...words: string[]): string {
  return [CALLED, ...words.map(quoted)].join(" ");
}

/**
 * The beginning of a run's id that names it as well: its time and the number that the daemon counts
 * within a millisecond, which no other run of that daemon has. Never `last`, which is another run as
 * soon as somebody starts one.
 */
export function short(id: string): string {
  return isRunId(id) ? id.slice(0, LEAST_ID) : id;
}
