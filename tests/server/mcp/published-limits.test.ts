// Whether what the tools publish about their arguments is what the engine enforces, to the character.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { readArguments } from "../../../server/mcp/arguments.ts";
import type { Tool } from "../../../server/mcp/tools/tool.ts";
import { findTool, listTools } from "../../../server/mcp/tools/toolset.ts";
import { openTestEngine } from "../../support/test-engine.ts";

/** Arguments with which each tool gets as far as the engine. */
const BASE: Record<string, JsonObject> = {
  "opcode.define": { name: "n", agent_id: "a", definition: { steps: [{ id: "s", action: "x" }] } },
  "opcode.run": { template_name: "t", agent_id: "a" },
  "opcode.status": { workflow_id: "w" },
  "opcode.signal": { workflow_id: "w", signal_type: "data", payload: {} },
  "opcode.query": { resource: "workflows" },
  "opcode.diagram": { template_name: "t" },
};

/** What else must be there for the argument to be looked at. */
const BESIDE: Record<string, JsonObject> = {
  from_run: { from_step: "s", template_name: null },
  from_step: { from_run: "w", template_name: null },
  decision_id: { signal_type: "decision", agent_id: "a" },
};

async function problemOf(
  tool: Tool,
  args: JsonObject,
  checked: boolean,
): Promise<OpcodeError | null> {
  const { opcode } = await openTestEngine();
  try {
    const read = checked ? await readArguments(tool, args) : args;
    await tool.call(read, { opcode, watch: {} } as unknown as Parameters<Tool["call"]>[1]);
    return null;
  } catch (error) {
    return error as OpcodeError;
  }
}

for (const { name: toolName } of listTools("dots", [])) {
  const tool = findTool(toolName)!;
  describe(tool.name, () => {
    for (const [name, schema] of Object.entries(tool.inputSchema.properties as JsonObject)) {
      const { maxLength } = schema as { maxLength?: number };
      if (maxLength === undefined) continue;
      for (const [kind, letter] of [["letters", "a"], ["characters of two units", "🎈"]] as const) {
        const given = (length: number): JsonObject => {
          const args = { ...BASE[tool.name], ...BESIDE[name], [name]: letter.repeat(length) };
          return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
        };
        test(`${name} may have ${maxLength} ${kind}, and no more`, async () => {
          const fits = await problemOf(tool, given(maxLength), true);
          assert.ok(!fits || !fits.message.startsWith(`${name}:`), String(fits));
          for (const checked of [true, false]) {
            const long = await problemOf(tool, given(maxLength + 1), checked);
            assert.equal(long?.code, "VALIDATION_ERROR");
            assert.match(
              long!.message,
              new RegExp(`^${name}: must have at most`),
            );
          }
        });
      }
    }

    test("publishes a length for every argument that names something", () => {
      const names = ["name", "template_name", "workflow_id", "agent_id", "from_run", "step_id"];
      for (const name of [...names, "from_step", "idempotency_key"]) {
        const schema = (tool.inputSchema.properties as JsonObject)[name] as JsonObject | undefined;
        if (schema) assert.equal(typeof schema.maxLength, "number", name);
      }
    });
  });
}
