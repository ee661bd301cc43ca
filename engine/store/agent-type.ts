// What kind of user an agent's id says that it is, when it is first seen.

import type { AgentRow } from "./store.ts";

/** Who asks on the command line without a name of their own: a person. */
export const COMMAND_LINE = "cli";

export function agentType(id: string): AgentRow["type"] {
  return id === COMMAND_LINE ? "human" : "llm";
}
