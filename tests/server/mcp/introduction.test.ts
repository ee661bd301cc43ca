// Whether what a client says of itself is bounded, at the door and in what a session keeps.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AgentRegistry, type Channel } from "../../../server/mcp/agents.ts";
import { essentials } from "../../../server/mcp/introduction.ts";
import { INITIALIZE, mcpApp, openSession, post, stateless } from "../../support/mcp-app.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const many = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`capability-${n}`, {}]));
const initialize = (more: object) => ({
  ...INITIALIZE,
  params: { ...INITIALIZE.params, ...more },
});

describe("refused before anything goes through it", () => {
  const cases: Record<string, object> = {
    "many capabilities": initialize({ capabilities: many(4_000) }),
    "one large capability": initialize({
      capabilities: { experimental: { x: "x".repeat(70_000) } },
    }),
    "a long name": initialize({ clientInfo: { name: "x".repeat(70_000), version: "1" } }),
    "a long list": initialize({ x: Array.from({ length: 40_000 }, () => 1) }),
    "_meta of a call": {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/list",
      params: { _meta: many(4_000) },
    },
  };
  for (const [name, message] of Object.entries(cases)) {
    test(name, async (t) => {
      const app = mcpApp(t, { opcode: scriptedOpcode({}) });
      const answer = await post(app, message);
      assert.equal(answer.status, 413);
      assert.match(answer.body.error.message, /must be at most 65536 bytes$/);
    });
  }

  test("more members than any object may have", async (t) => {
    const app = mcpApp(t, { opcode: scriptedOpcode({}) });
    const answer = await post(app, initialize({ capabilities: many(100_000) }));
    assert.equal(answer.status, 400);
    assert.match(answer.body.error.message, /at most 10000 members in one object/);
  });

  test("_meta of a stateless request", async (t) => {
    const app = mcpApp(t, { opcode: scriptedOpcode({}) });
    const { headers, _meta } = stateless("tools/list");
    const params = { _meta: { ..._meta, ...many(4_000) } };
    const request = { jsonrpc: "2.0", id: 1, method: "tools/list", params };
    assert.equal((await post(app, request, { headers })).status, 413);
  });
});

test("what is not too much is taken, and a session works as ever", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const answer = await post(app, initialize({ capabilities: many(1_000) }));
  assert.equal(answer.status, 200);
  const session = await openSession(app);
  assert.equal((await session.send({ jsonrpc: "2.0", id: 7, method: "ping" })).status, 200);
});

test("a session keeps 16 members a level, four levels, and short texts", () => {
  const params = essentials({
    protocolVersion: "2025-11-25",
    capabilities: { ...many(1_000), deep: { a: { b: { c: { d: 1 } } } } },
    clientInfo: { name: "x".repeat(10_000), version: "1" },
  });
  assert.equal(Object.keys(params.capabilities as object).length, 16);
  assert.ok(JSON.stringify(params).length < 2_000);
  const usual = {
    protocolVersion: "2025-11-25",
    capabilities: { roots: { listChanged: true }, sampling: {}, elicitation: { form: {} } },
    clientInfo: { name: "client", version: "1.2.3" },
  };
  assert.deepEqual(essentials(usual), usual);
});

test("channels that speak for many agents keep a bounded number of ties in all", () => {
  const agents = new AgentRegistry();
  const heard = new Set<Channel>();
  const links = Array.from({ length: 60 }, () => {
    const channel: Channel = { notify: () => Boolean(heard.add(channel)) };
    return agents.link(channel);
  });
  for (const link of links) for (let n = 0; n < 1_000; n++) link.bind(`agent-${n}`);
  const message = { message: "m", workflow_id: "w", step_id: "s" };
  agents.notify("agent-0", message);
  // 50 with all their thousand; the others only with the last one that they spoke for.
  assert.ok(heard.size <= 50, `${heard.size}`);
  heard.clear();
  agents.notify("agent-999", message);
  assert.equal(heard.size, 60);
  for (const link of links) link.release();
  assert.equal(agents.notify("agent-999", message).notified, false);
});
