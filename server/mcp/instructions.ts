// What a new agent is told when it connects (at most 80 words: it pays for them each time).

import { type Names, spelled } from "./tools/names.ts";

/** What a connection is told that lists the tools under these names. */
export function instructions(names: Names): string {
  return spelled(INSTRUCTIONS, names);
}

export const INSTRUCTIONS =
  `Write what you found out as a workflow once (opcode.define), then run it for no tokens ` +
  `(opcode.run, opcode.status). First opcode.query for a template. ` +
  `opcode.signal answers what a suspended workflow waits for and retries a failed step; ` +
  `opcode.diagram draws. define, run, signal: same agent_id. A failed call (isError) stored nothing. ` +
  `output_at: where an output stands instead. detail: full cuts only texts, at 40 KB.`;
