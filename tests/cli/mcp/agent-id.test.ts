// Which calls of a bridged client get the agent that the command line names.

import assert from "node:assert/strict";
import { test } from "node:test";
import { withAgentId } from "../../../cli/mcp/agent-id.ts";
import type { Json, JsonObject } from "../../../core/json.ts";

const call = (name: string, args?: Json): JsonObject => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, ...(args !== undefined && { arguments: args }) },
});

test("a call that asks who calls, and does not say, says it", () => {
  for (const tool of ["opcode.define", "opcode.run", "opcode.signal", "opcode_run"]) {
    assert.deepEqual(
      withAgentId(call(tool, { x: 1 }), "bot"),
      call(tool, { agent_id: "bot", x: 1 }),
    );
    assert.deepEqual(withAgentId(call(tool), "bot"), call(tool, { agent_id: "bot" }));
  }
  const batch = [call("opcode.query", {}), call("opcode.run", {})];
  assert.deepEqual(withAgentId(batch, "bot"), [batch[0], call("opcode.run", { agent_id: "bot" })]);
});

test("who says it is left alone, and so is what would refuse it", () => {
  const others = [
    call("opcode.run", { agent_id: "other" }),
    call("opcode.run", "{}"),
    call("opcode.status", { workflow_id: "w" }),
    call("opcode.query", { resource: "templates" }),
    call("opcode.diagram"),
    { ...call("opcode.run"), method: "tools/list" },
  ];
  for (const message of others) assert.equal(withAgentId(message, "bot"), undefined);
  assert.equal(withAgentId(others, "bot"), undefined);
});
