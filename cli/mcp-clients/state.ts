// Which MCP clients have opcode in their configuration.

import { ConfigFault } from "./form.ts";
import { standing } from "./change.ts";
import { MCP_CLIENTS, type McpClient } from "./clients.ts";
import { readConfig } from "./files.ts";
import { thisMachine as machine } from "./machine.ts";

export interface ClientState {
  client: string;
  state: "configured" | "not configured" | "no file" | "unreadable";
  /** Why it is unreadable. */
  reason?: string;
  file: string;
}

export function clientStates(): ClientState[] {
  return MCP_CLIENTS.map((client) => {
    const file = client.file(machine);
    return { client: client.id, ...stateIn(client, file), file };
  });
}

function stateIn(client: McpClient, file: string): Pick<ClientState, "state" | "reason"> {
  try {
    const text = readConfig(file);
    if (text === undefined) return { state: "no file" };
    const { entry } = standing(client, text, machine);
    return { state: entry === undefined ? "not configured" : "configured" };
  } catch (thrown) {
    if (!(thrown instanceof ConfigFault)) throw thrown;
    return { state: "unreadable", reason: thrown.message };
  }
}
