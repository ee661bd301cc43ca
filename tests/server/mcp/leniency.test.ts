// What clients may say in other ways than the protocol's own, and what they are told otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIALIZE, mcpApp, openSession, post, stateless } from "../../support/mcp-app.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const opcode = () => scriptedOpcode({ query: async () => ({ rows: [] }) });

test("initialize is negotiated, whatever revision its header names", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  for (const version of ["1999-01-01", "2024-11-05", "2025-11-25", "2027-01-01", "latest", ""]) {
    for (const asked of ["2025-06-18", "2099-01-01"]) {
      const params = { ...INITIALIZE.params, protocolVersion: asked };
      const answer = await post(app, { ...INITIALIZE, params }, {
        headers: { "mcp-protocol-version": version },
      });
      const agreed = answer.body.result?.protocolVersion;
      assert.equal(agreed, asked === "2025-06-18" ? asked : "2025-11-25", version);
      assert.ok(answer.headers.get("mcp-session-id"));
    }
  }
});

test("paths may end with a slash", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const session = await openSession(app, { path: "/mcp/" });
  assert.deepEqual(
    await session.call("opcode.query", { resource: "templates" }).then(
      ({ structuredContent }) => structuredContent,
    ),
    { templates: [] },
  );
  assert.equal((await post(app, INITIALIZE, { path: "/mcp/?names=underscore" })).status, 200);
  const stream = await app.fetch("/sse/");
  assert.equal(stream.status, 200);
  await stream.body!.cancel();
  assert.equal((await post(app, INITIALIZE, { path: "/message/?sessionId=no" })).status, 404);
});

const TAKEN: [what: string, given: unknown][] = [
  ["an object", { resource: "templates" }],
  ["JSON text", '{"resource":"templates"}'],
  ["JSON text with blanks", ' {"resource": "templates", "filter": "{}"}\n'],
];

const REFUSED: [what: string, given: unknown, message: RegExp][] = [
  [
    "text that is no JSON",
    "resource=templates",
    /^arguments: must be an object; the text is not JSON/,
  ],
  ["JSON text of an array", '["templates"]', /^arguments: must be an object.*got an array$/],
  ["JSON text of a text", '"{}"', /^arguments: must be an object.*got "{}"$/],
  ["an array", [{ resource: "templates" }], /^arguments: must be an object.*got an array$/],
  ["a number", 5, /^arguments: must be an object.*got 5$/],
  ["false", false, /^arguments: must be an object.*got false$/],
  ["text of too many values", `[${"0,".repeat(250_001)}0]`, /^arguments: .*values/],
  ["text that nests deeply", `${"[".repeat(20_000)}${"]".repeat(20_000)}`, /^arguments: .*levels/],
];

/** What is said instead of arguments counts as none, so the tool names what it needs. */
const NONE: unknown[] = [null, "", "  ", "null", undefined];

test("arguments as JSON text are taken, in either era; anything else is refused in our words", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const { headers: session } = await openSession(app);
  const modern = stateless("tools/call", {}, "opcode.query");
  const call = async (era: string, args: unknown) => {
    const params = { name: "opcode.query", arguments: args };
    const message = { jsonrpc: "2.0", id: 3, method: "tools/call", params };
    return era === "session"
      ? await post(app, message, { headers: session })
      : await post(app, { ...message, params: { ...params, _meta: modern._meta } }, {
        headers: modern.headers,
      });
  };
  for (const era of ["session", "stateless"]) {
    for (const [what, given] of TAKEN) {
      const { body } = await call(era, given);
      assert.deepEqual(body.result?.structuredContent, { templates: [] }, `${era}: ${what}`);
    }
    for (const given of NONE) {
      const { body } = await call(era, given);
      assert.match(body.result.content[0].text, /resource is required/, `${era}: ${given}`);
    }
    for (const [what, given, message] of REFUSED) {
      const { status, body } = await call(era, given);
      assert.deepEqual([status, body.id, body.error?.code], [200, 3, -32602], `${era}: ${what}`);
      assert.match(body.error.message, message, `${era}: ${what}`);
    }
  }
});

test("so they are on /message, and in a batch, which is refused as a whole", async (t) => {
  const app = mcpApp(t, { opcode: opcode() });
  const session = await openSession(app, { protocolVersion: "2025-03-26" });
  const call = (id: number, args: unknown) => ({
    jsonrpc: "2.0",
    id,
    method: "tools/call",
    params: { name: "opcode.query", arguments: args },
  });
  const { body } = await session.send([call(1, '{"resource":"templates"}'), call(2, "")]);
  const first = body.find(({ id }: { id: number }) => id === 1);
  assert.deepEqual(first.result.structuredContent, { templates: [] });
  const refused = await session.send([call(1, { resource: "templates" }), call(2, "x")]);
  assert.deepEqual([refused.status, refused.body.error.code], [400, -32602]);
  const message = await post(app, call(1, "x"), { path: "/message?sessionId=no" });
  assert.match(message.body.error.message, /^arguments: must be an object/);
  assert.equal(message.status, 400, "answers come by the stream, so that 200 would be none");
});
