// Which ids of sessions open a session again, and which do not.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import type { Caller } from "../../../server/callers.ts";
import { SESSION_LIFE_MS, SessionIds } from "../../../server/mcp/session-id.ts";
import { mcpApp, openSession, post } from "../../support/mcp-app.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const PING = { jsonrpc: "2.0", id: 1, method: "ping" };
const ADA: Caller = { agent: "ada" };
const NOW = 1_790_000_000_000;

test("an id is read by who got it, until it expires", () => {
  const ids = new SessionIds(randomBytes(32));
  const id = ids.issue(ADA, "2025-06-18", NOW);
  assert.match(id, /^[\x21-\x7e]+$/);
  assert.equal(ids.read(id, ADA, NOW), "2025-06-18");
  assert.equal(ids.read(id, ADA, NOW - 60_000), "2025-06-18", "the clock was set back");
  assert.equal(ids.read(id, ADA, NOW + SESSION_LIFE_MS), "2025-06-18");
  assert.equal(ids.read(id, ADA, NOW + SESSION_LIFE_MS + 1), undefined);
  for (const agent of ["bob", "Ada", "", undefined]) {
    assert.equal(ids.read(id, { agent }, NOW), undefined, `of ${agent}`);
  }
  assert.equal(new SessionIds(randomBytes(32)).read(id, ADA, NOW), undefined, "of another home");
});

test("no character of an id can be changed, left out or added", () => {
  const ids = new SessionIds(randomBytes(32));
  const id = ids.issue(ADA, "2025-11-25", NOW);
  for (let at = 0; at < id.length; at++) {
    for (const other of ["A", "b", "0", "9", ".", "-", ""]) {
      if (other === id[at]) continue;
      const altered = id.slice(0, at) + other + id.slice(at + 1);
      assert.equal(ids.read(altered, ADA, NOW), undefined, altered);
    }
  }
  for (const altered of [`${id}A`, `${id}=`, ` ${id}`, `${id}.x`, "", "nobody"]) {
    assert.equal(ids.read(altered, ADA, NOW), undefined, altered);
  }
});

test("a session is opened again by another daemon of the same home, for its caller alone", async (t) => {
  const opcode = scriptedOpcode({ query: async () => ({ rows: [] }) });
  const sessionKey = randomBytes(32);
  let caller = ADA;
  const options = { opcode, sessionKey, caller: () => caller };
  for (const protocolVersion of ["2025-11-25", "2025-06-18", "2025-03-26"]) {
    const { headers } = await openSession(mcpApp(t, options), { protocolVersion });
    const app = mcpApp(t, options);
    for (const agent of [undefined, "bob"]) {
      caller = { agent };
      assert.equal((await post(app, PING, { headers })).status, 404, "before it is open");
    }
    caller = ADA;
    const stranger = await post(mcpApp(t, { ...options, sessionKey: randomBytes(32) }), PING, {
      headers,
    });
    assert.deepEqual([stranger.status, stranger.body.error.code], [404, -32001]);
    const params = { name: "opcode.query", arguments: { resource: "templates" } };
    const both = await Promise.all(
      [1, 2, 3].map((id) =>
        post(app, { jsonrpc: "2.0", id, method: "tools/call", params }, { headers })
      ),
    );
    for (const { body } of both) {
      assert.deepEqual(body.result.structuredContent, { templates: [] });
    }
    const batch = await post(app, [PING], { headers });
    assert.equal(batch.status, protocolVersion === "2025-03-26" ? 200 : 400, "its own revision");
    caller = { agent: "bob" };
    assert.equal((await post(app, PING, { headers })).status, 404, "once it is open");
    caller = ADA;
  }
});

test("a session that its client ended, or that is too old, is not opened again", async (t) => {
  const opcode = scriptedOpcode({});
  const sessionKey = randomBytes(32);
  const clock = new ManualClock();
  const options = { opcode, sessionKey, clock };
  const { headers } = await openSession(mcpApp(t, options));
  const app = mcpApp(t, options);
  const stream = await app.fetch("/mcp", { headers: { ...headers, accept: "text/event-stream" } });
  assert.equal(stream.status, 200, "also by its stream");
  assert.equal((await app.fetch("/mcp", { method: "DELETE", headers })).status, 200);
  assert.equal((await post(app, PING, { headers })).status, 404);
  assert.equal(await stream.text(), "");

  const old = await openSession(app);
  clock.set(SESSION_LIFE_MS + 1);
  assert.equal((await old.send(PING)).status, 200, "while it is held it lives on");
  assert.equal((await post(mcpApp(t, options), PING, { headers: old.headers })).status, 404);
});
