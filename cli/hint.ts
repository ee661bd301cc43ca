// How a command is written that somebody may type next.

import { CALLED } from "./called.ts";
import { quoted } from "./quoted.ts";

/** The command line that starts this program, as it was called, with these words. */
export function hint(...words: string[]): string {
  return [CALLED, ...words.map(quoted)].join(" ");
}

/** What the daemon tells people to type; it does not know how they call the program. */
const OF_DAEMON =
  /(?<=")opcode (?=secret (?:unlock|set [\w.-]+)")|\bopcode (?=signal [0-9a-f-]{36} (?:retry|skip|cancel|decision)\b|unarchive ")/g;

/** A text of the daemon with its commands as this program was called. */
export function asCalled(text: string): string {
  return text.replaceAll(OF_DAEMON, () => `${CALLED} `);
}
