// When an agent counts as connected, and what it is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReply } from "../../../engine/api.ts";
import { AgentRegistry, type MessageParams } from "../../../server/mcp/agents.ts";
import {
  events,
  mcpApp,
  nextMessage,
  openSession,
  post,
  stateless,
} from "../../support/mcp-app.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const MESSAGE = { message: "look", workflow_id: "w", step_id: "s", data: { n: 1 } };
const AWAY = { notified: false, reason: "agent_not_connected" };
const SENT = { notified: true };
const DEFINE = { name: "n", definition: {}, agent_id: "bot" };
const RUN = { template_name: "t", agent_id: "bot" };

const define = async () => ({ name: "n", version: "v1" });

/** A run that stays open until `finish`. */
function openRun() {
  const begun = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<RunReply>();
  const run = () => {
    begun.resolve();
    return answer.promise;
  };
  const finish = () => answer.resolve({ workflow_id: "w", status: "completed" });
  return { run, begun: begun.promise, finish };
}

function assertMessage(note: any): void {
  assert.equal(note.method, "notifications/message");
  const { _meta: _, ...params } = note.params;
  assert.deepEqual(params, {
    level: "info",
    logger: "opcode",
    data: MESSAGE,
    message: "look",
    workflow_id: "w",
    step_id: "s",
  });
}

test("nobody is connected at first, nor by a session without a stream", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({ define }) });
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
  await (await openSession(app)).call("opcode.define", DEFINE);
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
});

test("a session with a GET stream is connected until the stream closes", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({ define }) });
  const session = await openSession(app);
  await session.call("opcode.define", DEFINE);
  const stream = events(await session.listen());
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  assert.deepEqual(await app.mcp.notifyAgent("other", MESSAGE), AWAY);
  assertMessage(await nextMessage(stream));
  await stream.return(undefined);
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
});

test("a client that wants only warnings is not sent messages", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const session = await openSession(app, { path: "/mcp?agent_id=bot" });
  const stream = await session.listen();
  const setLevel = { jsonrpc: "2.0", id: 1, method: "logging/setLevel" };
  await session.send({ ...setLevel, params: { level: "warning" } });
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
  await session.send({ ...setLevel, params: { level: "debug" } });
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  await stream.body!.cancel();
});

test("a call in flight carries its agent's messages before its result", async (t) => {
  const { run, begun, finish } = openRun();
  const app = mcpApp(t, { opcode: scriptedOpcode({ run }) });
  const session = await openSession(app);
  const params = { name: "opcode.run", arguments: RUN };
  const call = session.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  await begun;
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  finish();
  const { before, body } = await call;
  assertMessage(before[0]);
  assert.equal(before.length, 1);
  assert.equal(body.result.structuredContent.status, "completed");
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
});

test("a client that reads no streams is not connected by its call", async (t) => {
  const { run, begun, finish } = openRun();
  const app = mcpApp(t, { opcode: scriptedOpcode({ run }) });
  const { headers } = await openSession(app);
  const params = { name: "opcode.run", arguments: RUN, _meta: { progressToken: 1 } };
  const message = { jsonrpc: "2.0", id: 1, method: "tools/call", params };
  const call = post(app, message, { headers: { ...headers, accept: "application/json" } });
  await begun;
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
  finish();
  assert.equal((await call).body.result.structuredContent.status, "completed");
});

test("a stateless call carries messages only when it asks for that level", async (t) => {
  for (const level of [undefined, "warning", "info"]) {
    const { run, begun, finish } = openRun();
    const app = mcpApp(t, { opcode: scriptedOpcode({ run }) });
    const { headers, _meta } = stateless("tools/call", {
      ...(level && { "io.modelcontextprotocol/logLevel": level }),
    }, "opcode.run");
    const params = { name: "opcode.run", arguments: RUN, _meta };
    const call = post(app, { jsonrpc: "2.0", id: 1, method: "tools/call", params }, { headers });
    await begun;
    const expected = level === "info" ? SENT : AWAY;
    assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), expected);
    finish();
    const { before } = await call;
    assert.equal(before.length, level === "info" ? 1 : 0);
    if (level === "info") assertMessage(before[0]);
  }
});

test("an open subscription of the agent that its URL names is a connection", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const { headers, _meta } = stateless("subscriptions/listen");
  const params = { notifications: { toolsListChanged: true }, _meta };
  const response = await app.fetch("/mcp?agent_id=bot", {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 5, method: "subscriptions/listen", params }),
  });
  const stream = events(response);
  assert.equal(
    (await nextMessage(stream)).method,
    "notifications/subscriptions/acknowledged",
  );
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  const note = await nextMessage(stream);
  assertMessage(note);
  assert.equal(note.params._meta["io.modelcontextprotocol/subscriptionId"], 5);
  await stream.return(undefined);
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
});

test("a message without data says null, and a channel speaks for 1,000 agents at most", () => {
  const agents = new AgentRegistry();
  const sent: MessageParams[] = [];
  const { bind, release } = agents.link({
    notify(params) {
      sent.push(params);
      return true;
    },
  });
  const { data: _, ...bare } = MESSAGE;
  for (let n = 0; n <= 1_000; n++) bind(`agent ${n === 500 ? 1 : n}`);
  bind("agent 1001");
  assert.deepEqual(agents.notify("agent 0", bare), AWAY);
  assert.deepEqual(agents.notify("agent 1", bare), SENT);
  assert.deepEqual(sent[0]!.data, { ...bare, data: null });
  release();
  assert.deepEqual(agents.notify("agent 1", bare), AWAY);
});

test("a legacy session is connected once it is initialized", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const stream = events(await app.fetch("/sse?agent_id=bot"));
  const path = (await stream.next()).value!.data.replace(/^https?:\/\/[^/]+/, "");
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), AWAY);
  const clientInfo = { name: "old", version: "1" };
  const params = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo };
  await post(app, { jsonrpc: "2.0", id: 0, method: "initialize", params }, { path });
  await nextMessage(stream);
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  assertMessage(await nextMessage(stream));
});

test("the engine is told that an agent is there when its client reads, and not before", async (t) => {
  const arrived: string[] = [];
  const app = mcpApp(t, {
    opcode: scriptedOpcode({}),
    arrived: (agent) => {
      if (app.mcp.isThere(agent)) arrived.push(agent);
    },
  });
  const session = await openSession(app, { path: "/mcp?agent_id=bot" });
  const standing = { standing: true };
  arrived.length = 0;
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE, standing), AWAY);
  const stream = events(await session.listen());
  assert.deepEqual(arrived, ["bot"]);
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE, standing), SENT);
  assertMessage(await nextMessage(stream));
  const kept = { ...MESSAGE, notification_id: "n", queued_at: "then", dropped: 2 };
  await app.mcp.notifyAgent("bot", kept, standing);
  const { params } = await nextMessage(stream);
  assert.deepEqual(params.data, kept);
  await stream.return(undefined);

  const old = events(await app.fetch("/sse?agent_id=old"));
  const path = (await old.next()).value!.data.replace(/^https?:\/\/[^/]+/, "");
  arrived.length = 0;
  const clientInfo = { name: "old", version: "1" };
  const opening = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo };
  const message = { jsonrpc: "2.0", id: 0, method: "initialize", params: opening };
  await post(app, message, { path });
  assert.equal((await nextMessage(old)).id, 0);
  assert.deepEqual(arrived, ["old"]);
});

test("what was kept is for whoever reads a stream, not for a call under way", async (t) => {
  const { run, begun, finish } = openRun();
  const app = mcpApp(t, { opcode: scriptedOpcode({ run }) });
  const session = await openSession(app);
  const params = { name: "opcode.run", arguments: RUN };
  const call = session.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  await begun;
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE, { standing: true }), AWAY);
  finish();
  assert.equal((await call).before.length, 0);
});

test("all streams of an agent are told, not the last one alone", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const path = "/mcp?agent_id=bot";
  const streams = [];
  for (let i = 0; i < 2; i++) {
    streams.push(events(await (await openSession(app, { path })).listen()));
  }
  assert.deepEqual(await app.mcp.notifyAgent("bot", MESSAGE), SENT);
  for (const stream of streams) {
    assertMessage(await nextMessage(stream));
    await stream.return(undefined);
  }
});
