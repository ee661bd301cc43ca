// What clients of 2024-11-05 get on /sse and /message.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BASE_URL,
  events,
  INITIALIZE,
  type McpApp,
  mcpApp,
  nextMessage,
  post,
} from "../../support/mcp-app.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };

async function openLegacy(app: McpApp, path = "/sse") {
  const response = await app.fetch(path, { headers: { accept: "text/event-stream" } });
  const stream = events(response);
  const endpoint = (await stream.next()).value!;
  assert.equal(endpoint.event, "endpoint");
  const target = endpoint.data.replace(/^https?:\/\/[^/]+(\/prefix)?/, "");
  return {
    response,
    endpoint: endpoint.data as string,
    stream,
    send: (message: unknown) => post(app, message, { path: target }),
  };
}

test("the stream begins with an absolute endpoint; results follow on it", async (t) => {
  const opcode = scriptedOpcode({ query: async () => ({ rows: [] }) });
  const app = mcpApp(t, { opcode });
  const { response, endpoint, stream, send } = await openLegacy(app);
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  assert.equal(response.headers.get("access-control-allow-origin"), null);
  assert.ok(endpoint.startsWith(`${BASE_URL}/message?sessionId=`));

  const params = { ...INITIALIZE.params, protocolVersion: "2024-11-05" };
  const accepted = await send({ ...INITIALIZE, params });
  assert.deepEqual([accepted.status, accepted.body], [202, undefined]);
  const initialized = await nextMessage(stream);
  assert.equal(initialized.result.protocolVersion, "2024-11-05");
  assert.equal(initialized.result.serverInfo.name, "opcode");

  await send({
    jsonrpc: "2.0",
    id: 2,
    method: "tools/call",
    params: { name: "opcode.query", arguments: { resource: "workflows" } },
  });
  const result = await nextMessage(stream);
  assert.equal(result.id, 2);
  assert.deepEqual(result.result.structuredContent, { workflows: [] });
});

test("a tool call is served before initialize", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({ query: async () => ({ rows: [] }) }) });
  const { stream, send } = await openLegacy(app);
  const params = { name: "opcode.query", arguments: { resource: "events" } };
  await send({ jsonrpc: "2.0", id: 9, method: "tools/call", params });
  assert.deepEqual((await nextMessage(stream)).result.structuredContent, { events: [] });
});

test("base_url may have a prefix; an unusable one gives a relative endpoint", async (t) => {
  const prefixed = mcpApp(t, { opcode: scriptedOpcode({}), baseUrl: "https://x.test/prefix/" });
  const { endpoint } = await openLegacy(prefixed);
  assert.ok(endpoint.startsWith("https://x.test/prefix/message?sessionId="));
  const relative = mcpApp(t, { opcode: scriptedOpcode({}), baseUrl: "not a url" });
  assert.ok((await openLegacy(relative)).endpoint.startsWith("/message?sessionId="));
});

test("on loopback the endpoint has the origin that the client connected to", async (t) => {
  for (const baseUrl of ["http://localhost:4100", "http://[::1]:4100"]) {
    const app = mcpApp(t, { opcode: scriptedOpcode({}), baseUrl });
    assert.ok((await openLegacy(app)).endpoint.startsWith(`${BASE_URL}/message?sessionId=`));
  }
});

test("what is not accepted is 400 with a JSON-RPC code", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const { send } = await openLegacy(app);
  const path = (query: string) => ({ path: `/message${query}` });
  const refused = async (answer: Promise<{ status: number; body: any }>) => {
    const { status, body } = await answer;
    return [status, body.error.code];
  };
  assert.deepEqual(await refused(post(app, PING, path(""))), [400, -32602]);
  assert.deepEqual(await refused(post(app, PING, path("?sessionId=no"))), [404, -32001]);
  assert.deepEqual(await refused(send("{oops")), [400, -32700]);
  assert.deepEqual(await refused(send({ method: "ping" })), [400, -32600]);
  const get = await app.fetch("/message");
  assert.deepEqual([get.status, (await get.json()).error.code], [400, -32600]);
  assert.equal((await app.fetch("/sse", { method: "POST" })).status, 405);
});

test("every 30 s the server pings, counting from 1, and ignores the answers", async (t) => {
  const clock = new ManualClock();
  const app = mcpApp(t, { opcode: scriptedOpcode({}), clock });
  const { stream, send } = await openLegacy(app);
  clock.advance(60_000);
  for (const id of [1, 2]) {
    assert.deepEqual(await nextMessage(stream), { jsonrpc: "2.0", id, method: "ping" });
    assert.equal((await send({ jsonrpc: "2.0", id, result: {} })).status, 202);
  }
  await send(PING);
  assert.deepEqual((await nextMessage(stream)).result, {});
});

test("500 clients may be connected; a further one is refused until one leaves", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}), clock: new ManualClock() });
  const streams = await Promise.all(Array.from({ length: 500 }, () => app.fetch("/sse")));
  assert.ok(streams.every(({ status }) => status === 200));
  const refused = await app.fetch("/sse");
  assert.equal(refused.status, 429);
  assert.match((await refused.json()).error.message, /^500 clients are connected/);
  await streams[250]!.body!.cancel();
  assert.equal((await app.fetch("/sse")).status, 200);
});

test("a client that leaves ends its session and its timer", async (t) => {
  const clock = new ManualClock();
  const app = mcpApp(t, { opcode: scriptedOpcode({}), clock });
  const { stream, send } = await openLegacy(app);
  assert.equal(clock.pending, 1);
  await stream.return(undefined);
  assert.equal(clock.pending, 0);
  assert.equal((await send(PING)).body.error.code, -32001);
});

test("a session of before the restart is not found, and its client told what to do", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({}) });
  const path = `/message?sessionId=${crypto.randomUUID()}`;
  const { status, body } = await post(app, PING, { path });
  assert.equal(status, 404);
  assert.equal(body.id, PING.id);
  assert.match(body.error.message, /restarted.*open GET \/sse, post to the address.*initialize/);
});

test("the endpoint is one that the client can reach, with base_url's path, on loopback too", async (t) => {
  const ours = "http://127.0.0.1:4100";
  const cases: [baseUrl: string, asked: string, endpoint: string][] = [
    [ours, ours, ours],
    [ours, "http://localhost:4100", "http://localhost:4100"],
    [ours, "http://[::1]:4100", "http://[::1]:4100"],
    [ours, "http://host.docker.internal:4100", "http://host.docker.internal:4100"],
    [`${ours}/opcode`, ours, `${ours}/opcode`],
    [`${ours}/opcode/`, "http://localhost:4100", "http://localhost:4100/opcode"],
    ["http://localhost:8080/opcode", ours, "http://localhost:8080/opcode"],
    ["http://localhost:8080/a/b/", "http://localhost:4100", "http://localhost:8080/a/b"],
    ["http://localhost:8080", ours, ours],
    ["https://x.test/prefix", ours, "https://x.test/prefix"],
    ["https://x.test", "http://192.168.1.5:4100", "https://x.test"],
  ];
  for (const [baseUrl, asked, expected] of cases) {
    const app = mcpApp(t, { opcode: scriptedOpcode({}), baseUrl });
    const { endpoint, stream } = await openLegacy(app, `${asked}/sse`);
    assert.equal(endpoint.split("/message?")[0], expected, `${baseUrl} at ${asked}`);
    await stream.return(undefined);
  }
});
