// Which tools a client is offered, under which names.

import type { JsonObject } from "../../../core/json.ts";
import { define } from "./define.ts";
import { diagram } from "./diagram.ts";
import { query } from "./query.ts";
import { run } from "./run.ts";
import { signal } from "./signal.ts";
import { status } from "./status.ts";
import type { Tool } from "./tool.ts";

/** `dots` are the product's names; some hosts forbid dots in a tool's name. */
export type Names = "dots" | "underscore";

const TOOLS: readonly Tool[] = [define, diagram, query, run, signal, status];

const byName = new Map<string, Tool>(
  TOOLS.flatMap((tool) => [[tool.name, tool], [underscored(tool.name), tool]]),
);

function underscored(name: string): string {
  return name.replace(".", "_");
}

/** The tool of that name, in either spelling. */
export function findTool(name: string): Tool | undefined {
  return byName.get(name);
}

/** What `tools/list` shows of a tool. */
export type ListedTool = Omit<Tool, "call" | "meant" | "digest">;

/**
 * Without the bounds of identifiers, which callers of good will never meet; the engine keeps them
 * and says them to others.
 */
function listed(schema: JsonObject): JsonObject {
  const { minLength: _least, maxLength: _most, ...shown } = schema;
  return shown;
}

const dots = TOOLS.map((
  { call: _, meant: _words, digest: _cut, inputSchema, ...shown },
): ListedTool => ({
  ...shown,
  inputSchema: {
    ...inputSchema,
    properties: Object.fromEntries(
      Object.entries(inputSchema.properties).map(([name, schema]) => [name, listed(schema)]),
    ),
    additionalProperties: false,
  },
}));

const lists: Record<Names, ListedTool[]> = {
  dots,
  underscore: dots.map((shown) => ({ ...shown, name: underscored(shown.name) })),
};

/** The tools as listed, sorted by name; built once. */
export function listTools(names: Names): ListedTool[] {
  return lists[names];
}
