// What is stored of an agent that is seen for the first time, of what kind its id says that it is.

import type { AgentRow, AgentTouch } from "./store.ts";

/** Who asks on the command line without a name of their own: a person. */
export const COMMAND_LINE = "cli";

function agentType(id: string): AgentRow["type"] {
  return id === COMMAND_LINE ? "human" : "llm";
}

/** The row of an agent that nobody knew before. */
export function agentOf({ id, at }: AgentTouch): AgentRow {
  return { id, name: id, type: agentType(id), createdAt: at, lastSeenAt: at };
}
