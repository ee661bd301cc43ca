// How a command is written that somebody may type next.

import { CALLED } from "./called.ts";
import { quoted } from "./quoted.ts";

/** The command line that starts this program, as it was called, with these words. */
export function hint(...words: string[]): string {
  return [CALLED, ...words.map(quoted)].join(" ");
}
