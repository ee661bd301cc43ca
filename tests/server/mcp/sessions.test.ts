// What /mcp answers about sessions, revisions and names.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunReply } from "../../../engine/api.ts";
import { createLogger, silentLogger } from "../../../core/log.ts";
import { AgentRegistry } from "../../../server/mcp/agents.ts";
import { createServer, HTTP_VERSIONS } from "../../../server/mcp/server.ts";
import { ADMIN } from "../../../server/callers.ts";
import { heldPlaces } from "../../../server/held.ts";
import { SessionIds } from "../../../server/mcp/session-id.ts";
import { Sessions } from "../../../server/mcp/sessions.ts";
import { FollowRoom, Subscriptions } from "../../../server/mcp/subscriptions.ts";
import type { Cleanup } from "../../support/daemon.ts";
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
  for (const text of [id.split(".")[0]!, endpoint]) {
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

/** Endpoint of so many sessions; `held` counts those that it holds. */
function directSessions(t: Cleanup, options: { maxSessions: number; clock?: ManualClock }) {
  const { waits } = heldPlaces({ streams: 20, waits: 20 });
  const agents = new AgentRegistry();
  const clock = options.clock ?? new ManualClock();
  const opcodeFor = () => opcode();
  const parts = {
    opcodeFor,
    baseUrl: () => "http://127.0.0.1:4100",
    version: "1",
    agents,
    log: silentLogger,
    clock,
    waits,
  };
  const room = new FollowRoom();
  let held = 0;
  const sessions = new Sessions({
    clock,
    agents,
    ids: new SessionIds(new Uint8Array(32)),
    follow: (_, tell) => new Subscriptions({ opcode: opcode(), clock, room, tell }),
    createServer(connection) {
      held++;
      const versions = { era: "legacy", versions: HTTP_VERSIONS } as const;
      const server = createServer({ ...parts, fixtures: undefined }, connection, versions);
      const close = server.close.bind(server);
      server.close = () => {
        held--;
        return close();
      };
      return server;
    },
    maxSessions: options.maxSessions,
  });
  t.after(() => sessions.close());
  const handle = async (method: string, headers: Record<string, string>, body?: unknown) => {
    const signal = new AbortController().signal;
    const request = { method, headers: new Headers(headers), signal, body };
    return await sessions.handle({ ...request, names: "dots", agentId: undefined, caller: ADMIN });
  };
  const open = async () => (await handle("POST", {}, INITIALIZE)).headers.get("mcp-session-id")!;
  const ping = async (id: string) => (await handle("POST", { "mcp-session-id": id }, PING)).status;
  const listen = (id: string) =>
    handle("GET", { accept: "text/event-stream", "mcp-session-id": id });
  return { handle, open, ping, listen, held: () => held };
}

test("a session unused for a day makes room for new ones, one with a reader stays", async (t) => {
  const clock = new ManualClock();
  const { open, ping, listen, held } = directSessions(t, { maxSessions: 100, clock });
  const idle = await open();
  const read = await open();
  const stream = await listen(read);
  clock.advance(24 * 60 * 60 * 1000 + 1);
  await open();
  assert.equal(held(), 2);
  assert.equal(await ping(read), 200);
  assert.equal(held(), 2, "it was there");
  assert.equal(await ping(idle), 200);
  assert.equal(held(), 3, "it is opened again");
  await stream.body!.cancel();
});

test("sessions by the thousand: the longest unused makes room for each new one", async (t) => {
  const { open, ping, listen, held } = directSessions(t, { maxSessions: 10_000 });
  const first = await open();
  const kept = await open();
  const stream = await listen(kept);
  for (let n = 0; n < 10_000; n++) await open();
  assert.equal(held(), 10_000);
  assert.equal(await ping(kept), 200, "it has a reader");
  assert.equal(await ping(first), 200, "its id opens it again");
  assert.equal(held(), 10_000);
  await stream.body!.cancel();
});

test("when every session has a reader, a further one is refused and nobody is cut off", async (t) => {
  const { handle, open, ping, listen } = directSessions(t, { maxSessions: 20 });
  const gone = await open();
  const ids: string[] = [];
  const readers: Response[] = [];
  for (let n = 0; n < 20; n++) {
    ids.push(await open());
    readers.push(await listen(ids[n]!));
  }
  const refused = await handle("POST", {}, INITIALIZE);
  assert.equal(refused.status, 429);
  assert.match((await refused.json()).error.message, /^20 clients are connected/);
  assert.equal(await ping(gone), 429, "nor is one opened again");
  for (const id of ids) assert.equal(await ping(id), 200);
  await readers[7]!.body!.cancel();
  assert.equal(await ping(gone), 200, "one has gone");
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
  const said = async (method: string, path: string) => {
    const asked = stateless(method);
    const message = { jsonrpc: "2.0", id: 1, method, params: { _meta: asked._meta } };
    return JSON.stringify((await post(app, message, { headers: asked.headers, path })).body);
  };
  for (const method of ["server/discover", "tools/list", "resources/templates/list"]) {
    assert.match(await said(method, "/mcp"), /opcode\.[a-z]/, method);
    assert.doesNotMatch(await said(method, path), /opcode\.[a-z]/, method);
    assert.match(await said(method, path), /opcode_(status|signal)/, method);
  }
  assert.doesNotMatch(
    JSON.stringify((await post(app, INITIALIZE, { path })).body),
    /opcode\.[a-z]/,
  );
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
