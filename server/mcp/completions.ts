// What a client may be offered while somebody types a run's id, or a template's or an action's name.

import { ProtocolError, ProtocolErrorCode, type Server } from "@modelcontextprotocol/server";
import type { Opcode } from "../../engine/api.ts";
import { protocolAnswer } from "./protocol-answer.ts";
import type { ResourceParts } from "./resources.ts";
import { ACTION_TEMPLATE, RUN_TEMPLATE, TEMPLATE_TEMPLATE } from "./resource-uris.ts";

/** The protocol's bound on the values of one answer. */
const MOST_VALUES = 100;
/** Rows looked at a read, and reads: what is further back is not offered. */
const ROWS = 1_000;
const READS = 5;

/** Which rows the variable of a URI template names, and by which member. */
const SOURCES = {
  [RUN_TEMPLATE]: { variable: "id", resource: "workflows", member: "id" },
  [TEMPLATE_TEMPLATE]: { variable: "name", resource: "templates", member: "name" },
  [ACTION_TEMPLATE]: { variable: "name", resource: "actions", member: "name" },
} as const;

export function installCompletions(server: Server, { opcode, log }: ResourceParts): void {
  server.setRequestHandler("completion/complete", async ({ method, params }) => {
    const { ref, argument } = params;
    const uri = ref.type === "ref/resource" ? ref.uri : "";
    const source = Object.hasOwn(SOURCES, uri) ? SOURCES[uri as keyof typeof SOURCES] : undefined;
    if (source === undefined) {
      const known = Object.keys(SOURCES).join(" and ");
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `ref: only ${known} are completed`);
    }
    if (argument.name !== source.variable) return { completion: { values: [] } };
    const completion = await protocolAnswer(
      { method, log },
      () => complete(opcode, source, argument.value),
    );
    return { completion };
  });
}

/** The values that begin with the text: names by alphabet, runs from the newest on. */
async function complete(
  opcode: Opcode,
  { resource, member }: { resource: "workflows" | "templates" | "actions"; member: string },
  text: string,
): Promise<{ values: string[]; hasMore: boolean }> {
  const found = new Set<string>();
  let cursor: string | undefined;
  for (let reads = 0; reads < READS; reads++) {
    const filter = { limit: ROWS, ...(cursor !== undefined && { cursor }) };
    const { rows, next_cursor } = await opcode.query({ resource, filter, brief: true });
    for (const row of rows) {
      const value = String(row[member]);
      if (value.startsWith(text)) found.add(value);
    }
    cursor = next_cursor;
    if (cursor === undefined || found.size > MOST_VALUES) break;
  }
  return {
    values: [...found].slice(0, MOST_VALUES),
    hasMore: cursor !== undefined || found.size > MOST_VALUES,
  };
}
