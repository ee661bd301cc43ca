// Whose calls a client's are when the command line says so: `opcode --agent NAME mcp`.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";

/** The tools that ask who calls; others refuse what they do not know. */
const ASKING: ReadonlySet<Json | undefined> = new Set([
  "opcode.define",
  "opcode.run",
  "opcode.signal",
  "opcode_define",
  "opcode_run",
  "opcode_signal",
]);

/** The message with `agent_id` in calls that need one and have none; undefined: it stays as it is. */
export function withAgentId(
  message: JsonObject | Json[],
  agentId: string,
): JsonObject | Json[] | undefined {
  if (Array.isArray(message)) {
    const filled = message.map((one) => isObject(one) ? filledIn(one, agentId) : undefined);
    if (filled.every((one) => one === undefined)) return undefined;
    return message.map((one, i) => filled[i] ?? one);
  }
  return filledIn(message, agentId);
}

function filledIn(message: JsonObject, agentId: string): JsonObject | undefined {
  const { method, params } = message;
  if (method !== "tools/call" || !isObject(params) || !ASKING.has(params.name)) return undefined;
  const given = params.arguments ?? {};
  if (!isObject(given) || given.agent_id !== undefined) return undefined;
  return { ...message, params: { ...params, arguments: { agent_id: agentId, ...given } } };
}
