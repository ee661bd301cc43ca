// What /mcp answers about sessions, revisions and names.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReply } from "../../../engine/api.ts";
import { createLogger, silentLogger } from "../../../core/log.ts";
import { AgentRegistry } from "../../../server/mcp/agents.ts";
import { createServer, HTTP_VERSIONS } from "../../../server/mcp/server.ts";
import { ADMIN } from "../../../server/callers.ts";
import { heldPlaces } from "../../../server/held.ts";
import { Sessions } from "../../../server/mcp/sessions.ts";
import { events, INITIALIZE, mcpApp, openSession, post, stateless } from "../../support/mcp-app.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const opcode = () => scriptedOpcode({});

test("known revisions are echoed, an unknown one gets the latest, none the oldest", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const negotiated = async (protocolVersion: string | undefined) => {
    const params = { ...INITIALIZE.params, protocolVersion };
    return (await post(app, { ...INITIALIZE, params })).body.result.protocolVersion;
  };
  for (const version of ["2025-11-25", "2025-06-18", "2025-03-26"]) {
    assert.equal(await negotiated(version), version);
  }
  assert.equal(await negotiated("1999-01-01"), "2025-11-25");
  assert.equal(await negotiated(undefined), "2025-03-26");
});

test("requests outside a session are refused with the reason", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const { headers } = await openSession(app);
  const cases: [unknown, Record<string, string>, number, number][] = [
    [PING, {}, 400, -32000],
    [PING, { "mcp-session-id": "nobody" }, 404, -32001],
    [PING, { ...headers, "mcp-protocol-version": "2019-01-01" }, 400, -32000],
    [PING, { ...headers, accept: "text/html" }, 406, -32000],
    [INITIALIZE, headers, 400, -32600],
    [{ ...INITIALIZE, params: { protocolVersion: "2025-11-25" } }, {}, 400, -32602],
    [{ id: 1, method: "ping" }, headers, 400, -32600],
    [{ ...PING, jsonrpc: "1.0" }, headers, 400, -32600],
    ["{not json", headers, 400, -32700],
    [[PING, { ...PING, id: 2 }], headers, 400, -32600],
  ];
  for (const [message, given, status, code] of cases) {
    const answer = await post(app, message, { headers: given });
    assert.deepEqual([answer.status, answer.body.error.code], [status, code]);
    assert.ok(!JSON.stringify(answer.body).includes(" at "));
  }
  assert.equal((await app.fetch("/mcp", { method: "PUT" })).status, 405);
});

test("batches belong to 2025-03-26 and are answered in one array", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const session = await openSession(app, { protocolVersion: "2025-03-26" });
  const { body } = await session.send([
    PING,
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { ...PING, id: 2, method: "no/such" },
  ]);
  const byId = Object.fromEntries(body.map((answer: any) => [answer.id, answer]));
  assert.deepEqual(byId[1].result, {});
  assert.equal(byId[2].error.code, -32601);
  assert.equal((await session.send([])).body.error.code, -32600);
});

test("an id can be used again once it is answered, not before", async (t) => {
  const answer = Promise.withResolvers<RunReply>();
  const begun = Promise.withResolvers<void>();
  const run = () => {
    begun.resolve();
    return answer.promise;
  };
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({ run }) }));
  const params = { name: "opcode.run", arguments: { template_name: "t", agent_id: "a" } };
  const call = session.send({ ...PING, method: "tools/call", params });
  await begun.promise;
  assert.equal((await session.send(PING)).body.error.code, -32600);
  assert.deepEqual((await session.send({ ...PING, id: "1" })).body.result, {});
  answer.resolve({ workflow_id: "w", status: "completed" });
  assert.equal((await call).body.result.structuredContent.workflow_id, "w");
  assert.deepEqual((await session.send(PING)).body.result, {});
});

test("session ids are random, and no log above debug names one", async (t) => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line) });
  const app = mcpApp(t, { opcode: opcode(), log });
  const session = await openSession(app);
  const id = session.headers["mcp-session-id"]!;
  const legacy = events(await app.fetch("/sse"));
  const endpoint = (await legacy.next()).value!.data;
  for (const text of [id, endpoint]) {
    assert.match(text, /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  await session.send("{not json");
  await session.send({ jsonrpc: "2.0", id: 1, method: "no/such" });
  await legacy.return(undefined);
  await app.fetch("/mcp", { method: "DELETE", headers: session.headers });
  assert.deepEqual(lines, []);
});

test("DELETE ends a session and its stream", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const { headers, listen } = await openSession(app);
  const stream = await listen();
  assert.equal((await app.fetch("/mcp", { method: "DELETE", headers })).status, 200);
  assert.equal(await stream.text(), "");
  assert.equal((await post(app, PING, { headers })).status, 404);
});

test("a second GET stream replaces the first", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const session = await openSession(app);
  const first = await session.listen();
  const second = await session.listen();
  assert.equal(await first.text(), "");
  assert.equal(second.status, 200);
  await second.body!.cancel();
});

test("a session unused for a day makes room for new ones, one with a reader stays", async (t) => {
  const clock = new ManualClock();
  const app = mcpApp(t, { opcode: opcode(), clock });
  const idle = await openSession(app);
  const read = await openSession(app);
  const stream = await read.listen();
  clock.advance(24 * 60 * 60 * 1000 + 1);
  await openSession(app);
  assert.equal((await idle.send(PING)).status, 404);
  assert.equal((await read.send(PING)).status, 200);
  await stream.body!.cancel();
});

test("sessions by the thousand: the longest unused makes room for each new one", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const first = await openSession(app);
  const kept = await openSession(app);
  const stream = await kept.listen();
  for (let n = 0; n < 10_000; n++) assert.equal((await post(app, INITIALIZE)).status, 200);
  assert.equal((await first.send(PING)).status, 404);
  assert.equal((await kept.send(PING)).status, 200, "it has a reader");
  await stream.body!.cancel();
});

test("when every session has a reader, a further one is refused and nobody is cut off", async (t) => {
  const { waits } = heldPlaces({ streams: 20, waits: 20 });
  const agents = new AgentRegistry();
  const opcodeFor = () => opcode();
  const parts = { opcodeFor, version: "1", agents, log: silentLogger, waits };
  const sessions = new Sessions({
    clock: new ManualClock(),
    agents: parts.agents,
    createServer: (connection) =>
      createServer({ ...parts, fixtures: undefined }, connection, {
        era: "legacy",
        versions: HTTP_VERSIONS,
      }),
    maxSessions: 20,
  });
  t.after(() => sessions.close());
  const handle = async (method: string, headers: Record<string, string>, body?: unknown) => {
    const signal = new AbortController().signal;
    const request = { method, headers: new Headers(headers), signal, body };
    return await sessions.handle({ ...request, names: "dots", agentId: undefined, caller: ADMIN });
  };
  const readers: Response[] = [];
  for (let n = 0; n < 20; n++) {
    const { headers } = await handle("POST", {}, INITIALIZE);
    const id = headers.get("mcp-session-id")!;
    readers.push(await handle("GET", { accept: "text/event-stream", "mcp-session-id": id }));
  }
  const refused = await handle("POST", {}, INITIALIZE);
  assert.equal(refused.status, 429);
  assert.match((await refused.json()).error.message, /^20 clients are connected/);
  for (const { headers } of readers) {
    const id = headers.get("mcp-session-id")!;
    assert.equal((await handle("POST", { "mcp-session-id": id }, PING)).status, 200);
  }
  await readers[7]!.body!.cancel();
  assert.equal((await handle("POST", {}, INITIALIZE)).status, 200, "one has gone");
});

test("?names=underscore lists names without dots, in both eras", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
  const first = (answer: any) => answer.body.result.tools[0].name;
  const { headers, _meta } = stateless("tools/list");
  const modern = { ...list, params: { _meta } };
  assert.equal(first(await (await openSession(app)).send(list)), "opcode.define");
  assert.equal(first(await post(app, modern, { headers })), "opcode.define");
  const path = "/mcp?names=underscore";
  assert.equal(first(await (await openSession(app, { path })).send(list)), "opcode_define");
  assert.equal(first(await post(app, modern, { headers, path })), "opcode_define");
});

test("the stateless revision is discovered and served without a session", async (t) => {
  const app = mcpApp(t, { opcode: scriptedOpcode({ query: async () => ({ rows: [] }) }) });
  const discover = stateless("server/discover");
  const found = await post(app, {
    jsonrpc: "2.0",
    id: 1,
    method: "server/discover",
    params: { _meta: discover._meta },
  }, { headers: discover.headers });
  assert.deepEqual(found.body.result.supportedVersions, ["2026-07-28"]);
  assert.equal(found.headers.get("mcp-session-id"), null);
  const call = stateless("tools/call", {}, "opcode.query");
  const params = {
    name: "opcode.query",
    arguments: { resource: "templates" },
    _meta: call._meta,
  };
  const message = { jsonrpc: "2.0", id: 2, method: "tools/call", params };
  const { body } = await post(app, message, { headers: call.headers });
  assert.deepEqual(body.result.structuredContent, { templates: [] });
});

test("after close nothing is served and no timer is left", async (t) => {
  const clock = new ManualClock();
  const app = mcpApp(t, { opcode: opcode(), clock });
  const session = await openSession(app);
  const stream = await session.listen();
  assert.equal(clock.pending, 1);
  await app.mcp.close();
  assert.equal(await stream.text(), "");
  assert.equal(clock.pending, 0);
  assert.equal((await session.send(PING)).status, 503);
});
