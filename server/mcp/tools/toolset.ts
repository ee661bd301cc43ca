// Which tools a client is offered, under which names.

import { parseJson } from "../../../core/exact-json.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { NamedParams } from "./action-lines.ts";
import { type Names, spelled } from "./names.ts";
import type { Tool } from "./tool.ts";
import { TOOLS } from "./tools.ts";

const byName = new Map<string, Tool>(
  TOOLS.flatMap((tool) => [[tool.name, tool], [spelled(tool.name, "underscore"), tool]]),
);

/** The tool of that name, in either spelling. */
export function findTool(name: string): Tool | undefined {
  return byName.get(name);
}

/** What `tools/list` shows of a tool. */
export interface ListedTool
  extends Omit<Tool, "call" | "meant" | "meantValues" | "digest" | "describe" | "inputSchema"> {
  inputSchema: {
    type: "object";
    properties: Record<string, JsonObject>;
    required?: string[];
    additionalProperties: false;
  };
}

/** The tools, sorted by name, as they are listed to somebody who may use these actions. */
export function listTools(names: Names, actions: readonly NamedParams[]): ListedTool[] {
  const tools = toolsOf(actions);
  if (names === "dots") return tools;
  return parseJson(spelled(JSON.stringify(tools), names)) as unknown as ListedTool[];
}

function toolsOf(actions: readonly NamedParams[]): ListedTool[] {
  return TOOLS.map((
    {
      call: _,
      meant: _words,
      meantValues: _values,
      digest: _cut,
      describe,
      name,
      inputSchema,
      ...shown
    },
  ) => ({
    name,
    ...shown,
    inputSchema: {
      type: "object",
      properties: listed(inputSchema.properties, describe?.(actions) ?? {}),
      ...(inputSchema.required.length > 0 && { required: inputSchema.required }),
      additionalProperties: false,
    },
  }));
}

/**
 * Without the bounds that callers of good will never meet (of identifiers, and 0 for a time), and
 * without defaults that nobody would send; the engine keeps them and says them to others.
 */
function listed(
  properties: Readonly<Record<string, JsonObject>>,
  descriptions: Readonly<Record<string, string>>,
): Record<string, JsonObject> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const { minLength: _least, maxLength: _most, minimum: _zero, ...rest } = schema;
      const { default: usual, ...shown } = rest;
      const description = descriptions[name];
      return [name, {
        ...shown,
        ...(typeof usual === "number" && { default: usual }),
        ...(description !== undefined && { description }),
      }];
    }),
  );
}
