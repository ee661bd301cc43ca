// What a tool call is answered with: results, errors, progress, and what a gone client changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { createLogger } from "../../../core/log.ts";
import type { RunReply, RunRequest, Watch } from "../../../engine/api.ts";
import { type Answer, mcpApp, openSession, post, stateless } from "../../support/mcp-app.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { scriptedOpcode } from "../../support/scripted-opcode.ts";

const DONE: RunReply = { workflow_id: "w1", status: "completed", output: { a: 1 } };
const RUN = { template_name: "t", agent_id: "bot" };

test("the handshake names the server, its version and how to work with it", async (t) => {
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({}) }));
  const { serverInfo, capabilities, instructions, protocolVersion } = session.server;
  assert.equal(serverInfo.name, "opcode");
  assert.equal(serverInfo.version, "1.2.3");
  assert.equal(protocolVersion, "2025-11-25");
  assert.deepEqual(capabilities, {
    tools: {},
    logging: {},
    resources: { subscribe: true },
    completions: {},
  });
  assert.match(instructions, /opcode\.define/);
});

test("a result is the same object as text and as structure", async (t) => {
  const opcode = scriptedOpcode({ run: async () => DONE });
  const session = await openSession(mcpApp(t, { opcode }));
  const result = await session.call("opcode.run", { ...RUN, params: { n: 1 } });
  assert.deepEqual(result, {
    content: [{ type: "text", text: JSON.stringify(DONE) }],
    structuredContent: DONE,
  });
  assert.deepEqual(opcode.calls, [["run", { ...RUN, params: { n: 1 } }]]);
});

test("a failed workflow is an answer, not a tool error", async (t) => {
  const failed: RunReply = {
    workflow_id: "w1",
    status: "failed",
    error: { code: "STEP_FAILED", message: "no" },
  };
  const opcode = scriptedOpcode({ run: async () => failed });
  const result = await (await openSession(mcpApp(t, { opcode }))).call("opcode.run", RUN);
  assert.equal(result.isError, undefined);
  const next = "Once what failed outside is mended, or with other params or definition: " +
    "opcode.run from_run, from_step ID (version latest, if you define it anew).";
  assert.deepEqual(result.structuredContent, { ...failed, next });
});

test("an engine error is readable, structured, and no protocol error", async (t) => {
  const opcode = scriptedOpcode({
    status: () =>
      Promise.reject(
        new OpcodeError("NOT_FOUND", "workflow w9 not found", {
          details: { workflow_id: "w9" },
          stepId: "s",
        }),
      ),
  });
  const session = await openSession(mcpApp(t, { opcode }));
  const result = await session.call("opcode.status", { workflow_id: "w9" });
  assert.equal(result.isError, true);
  // Whether w9 is a template's name cannot be asked here: that hides nothing.
  const message =
    'workflow w9 not found; opcode.query {"resource": "workflows"} lists those there are';
  assert.equal(result.content[0].text, `[NOT_FOUND] step s: ${message}`);
  assert.deepEqual(result.structuredContent, {
    error: {
      code: "NOT_FOUND",
      message,
      details: { workflow_id: "w9" },
      step_id: "s",
    },
  });
});

test("the faults of a definition are listed in the text, twenty at most", async (t) => {
  let faults = 1;
  const define = () => {
    const errors = Array.from(
      { length: faults },
      (_, i) => ({ path: `steps[${i}].id`, message: `m${i}` }),
    );
    const message = faults === 1 ? "steps[0].id: m0" : `validation failed with ${faults} errors`;
    const details = { error_count: faults, errors: errors.slice(0, 100) };
    return Promise.reject(new OpcodeError("VALIDATION_ERROR", message, { details }));
  };
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({ define }) }));
  const text = async (count: number) => {
    faults = count;
    const args = { name: "t", agent_id: "bot", definition: {} };
    return (await session.call("opcode.define", args)).content[0].text;
  };
  assert.equal(await text(1), "[VALIDATION_ERROR] steps[0].id: m0");
  assert.equal(
    await text(2),
    "[VALIDATION_ERROR] validation failed with 2 errors\nsteps[0].id: m0\nsteps[1].id: m1",
  );
  const lines = (await text(300)).split("\n");
  assert.equal(lines.length, 22);
  assert.deepEqual(lines.slice(-2), ["steps[19].id: m19", "and 280 more"]);
});

test("bad arguments never reach the engine", async (t) => {
  const opcode = scriptedOpcode({});
  const session = await openSession(mcpApp(t, { opcode }));
  for (const tool of ["define", "diagram", "query", "run", "signal", "status"]) {
    const result = await session.call(`opcode.${tool}`, {});
    assert.equal(result.isError, true);
    assert.equal(result.structuredContent.error.code, "VALIDATION_ERROR");
    assert.match(result.content[0].text, /^\[VALIDATION_ERROR\] [\w ]+ is required$/);
  }
  assert.deepEqual(opcode.calls, []);
});

test("query rows stand under the resource's name", async (t) => {
  const opcode = scriptedOpcode({
    query: async ({ resource }) =>
      resource === "events" ? { rows: [{ id: 1 }], next_cursor: "c" } : { rows: [] },
  });
  const session = await openSession(mcpApp(t, { opcode }));
  const events = await session.call("opcode.query", {
    resource: "events",
    filter: { workflow_id: "w" },
  });
  assert.deepEqual(events.structuredContent, { events: [{ id: 1 }], next_cursor: "c" });
  const none = await session.call("opcode.query", { resource: "workflows" });
  assert.deepEqual(none.structuredContent, { workflows: [] });
});

test("an unknown tool is -32602, an unknown method -32601", async (t) => {
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({}) }));
  await assert.rejects(session.call("opcode.nothing", {}), { code: -32602 });
  const { body } = await session.send({ jsonrpc: "2.0", id: 1, method: "no/such" });
  assert.equal(body.error.code, -32601);
});

test("the conformance suite's tools are there only when asked for", async (t) => {
  const plain = await openSession(mcpApp(t, { opcode: scriptedOpcode({}) }));
  await assert.rejects(plain.call("test_simple_text", {}), { code: -32602 });
  const app = mcpApp(t, { opcode: scriptedOpcode({}), conformanceFixtures: true });
  const fixtures = await openSession(app);
  const { content } = await fixtures.call("test_simple_text", {});
  assert.equal(content[0].text, "This is a simple text response for testing.");
});

test("a bug in the engine is -32603 for the client and a stack for the log alone", async (t) => {
  const lines: string[] = [];
  const log = createLogger({ level: "info", write: (line) => lines.push(line) });
  const opcode = scriptedOpcode({ run: () => Promise.reject(new TypeError("secret detail")) });
  const session = await openSession(mcpApp(t, { opcode, log }));
  const params = { name: "opcode.run", arguments: RUN };
  const { body } = await session.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  assert.deepEqual(body.error, { code: -32603, message: "internal error" });
  assert.match(lines.join(""), /secret detail.*calls\.test\.ts/);
  assert.deepEqual((await session.send({ jsonrpc: "2.0", id: 2, method: "ping" })).body.result, {});
});

test("progress comes before the result, grows, and only when a token was given", async (t) => {
  const run = async (_: RunRequest, watch?: Watch) => {
    const report = { workflow_id: "w1", total: 2 };
    watch?.onProgress?.({ ...report, done: 0 });
    watch?.onProgress?.({ ...report, done: 0, step_id: "a", status: "running" });
    watch?.onProgress?.({ ...report, done: 1, step_id: "a", status: "completed" });
    watch?.onProgress?.({ ...report, done: 2, step_id: "b", status: "failed" });
    return DONE;
  };
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({ run }) }));
  const call = (params: object) =>
    session.send({ jsonrpc: "2.0", id: "x", method: "tools/call", params });
  const plain = await call({ name: "opcode.run", arguments: RUN });
  assert.equal(plain.headers.get("content-type"), "application/json");

  const { before, body, headers } = await call({
    name: "opcode_run",
    arguments: RUN,
    _meta: { progressToken: "tok" },
  });
  assert.match(headers.get("content-type")!, /^text\/event-stream/);
  assert.deepEqual(
    before.map(({ method, params }) => [method, params]),
    [
      [0, "workflow w1"],
      [1, "a completed"],
      [2, "b failed"],
    ].map(([progress, message]) => [
      "notifications/progress",
      { progressToken: "tok", progress, total: 2, message },
    ]),
  );
  assert.deepEqual(body.result.structuredContent, DONE);
});

test("a step that takes long is heard of every 15 s, in either era", async (t) => {
  for (const era of ["session", "stateless"]) {
    const clock = new ManualClock();
    const begun = Promise.withResolvers<Watch>();
    const over = Promise.withResolvers<RunReply>();
    const run = (_: RunRequest, watch?: Watch) => {
      begun.resolve(watch!);
      return over.promise;
    };
    const app = mcpApp(t, { opcode: scriptedOpcode({ run }), clock });
    const meta = { progressToken: "tok" };
    const params = { name: "opcode.run", arguments: RUN, _meta: meta };
    const message = { jsonrpc: "2.0", id: 7, method: "tools/call", params };
    let call: Promise<Answer>;
    if (era === "session") call = (await openSession(app)).send(message);
    else {
      const { headers, _meta } = stateless("tools/call", meta, "opcode.run");
      call = post(app, { ...message, params: { ...params, _meta } }, { headers });
    }
    const { onProgress } = await begun.promise;
    const report = { workflow_id: "w1", total: 2 };
    clock.advance(15_000);
    onProgress!({ ...report, done: 0 });
    clock.advance(14_999);
    clock.advance(30_001);
    onProgress!({ ...report, done: 1, step_id: "a", status: "completed" });
    clock.advance(14_999);
    clock.advance(15_001);
    over.resolve(DONE);
    const { before, body } = await call;
    assert.deepEqual(body.result.structuredContent, DONE, era);
    assert.deepEqual(before.map(({ params }) => params.message), [
      "goes on, 15 s so far",
      "goes on, 30 s so far (0 of 2 steps have ended)",
      "goes on, 45 s so far (0 of 2 steps have ended)",
      "goes on, 60 s so far (0 of 2 steps have ended)",
      "a completed",
      "goes on, 75 s so far (1 of 2 steps have ended)",
      "goes on, 90 s so far (1 of 2 steps have ended)",
    ]);
    const values: number[] = before.map(({ params }) => params.progress);
    assert.deepEqual(values, [...new Set(values)].sort((x, y) => x - y), "progress grows");
    assert.ok(values.every((value) => value < 2));
    assert.equal(clock.pending, 0, "nothing is said once it is over");
  }
});

test("no progress is told of that nobody asked for", async (t) => {
  const clock = new ManualClock();
  const begun = Promise.withResolvers<void>();
  const over = Promise.withResolvers<RunReply>();
  const run = () => {
    begun.resolve();
    return over.promise;
  };
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({ run }), clock }));
  const params = { name: "opcode.run", arguments: RUN };
  const call = session.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params });
  await begun.promise;
  assert.equal(clock.pending, 0);
  over.resolve(DONE);
  assert.equal((await call).headers.get("content-type"), "application/json");
});

/** A run that waits until its watcher is gone, and says when it began and ended. */
function waitingRun() {
  const begun = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const run = async (_: RunRequest, watch?: Watch): Promise<RunReply> => {
    begun.resolve();
    await new Promise<void>((resolve) =>
      watch!.signal!.addEventListener("abort", () => resolve(), { once: true })
    );
    left.resolve();
    return { workflow_id: "w1", status: "active", waiting: true };
  };
  return { run, begun: begun.promise, left: left.promise };
}

test("a client that goes away stops the waiting, in either era", async (t) => {
  for (const era of ["session", "stateless"]) {
    const { run, begun, left } = waitingRun();
    const app = mcpApp(t, { opcode: scriptedOpcode({ run }) });
    const gone = new AbortController();
    const params = { name: "opcode.run", arguments: RUN };
    const message = { jsonrpc: "2.0", id: 7, method: "tools/call", params };
    const { signal } = gone;
    let call: Promise<unknown>;
    if (era === "session") {
      call = (await openSession(app)).send(message, { signal });
    } else {
      const { headers, _meta } = stateless("tools/call", {}, "opcode.run");
      call = post(app, { ...message, params: { ...params, _meta } }, { headers, signal });
    }
    await begun;
    gone.abort();
    await left;
    await call.catch(() => {});
  }
});

test("a cancelled call ends without a result, and the session goes on", async (t) => {
  const { run, begun, left } = waitingRun();
  const session = await openSession(mcpApp(t, { opcode: scriptedOpcode({ run }) }));
  const params = { name: "opcode.run", arguments: RUN };
  const call = session.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params });
  await begun;
  await session.send({
    jsonrpc: "2.0",
    method: "notifications/cancelled",
    params: { requestId: 7, reason: "enough" },
  });
  await left;
  const { body, before } = await call;
  assert.equal(body, undefined);
  assert.deepEqual(before, []);
  assert.deepEqual((await session.send({ jsonrpc: "2.0", id: 7, method: "ping" })).body.result, {});
});

test("a list that is empty because no such template is there says so, with the nearest name", async (t) => {
  const missing = new OpcodeError(
    "NOT_FOUND",
    'template "reprot" not found; did you mean "report"?',
  );
  const opcode = scriptedOpcode({
    query: ({ filter }) =>
      filter?.version === "latest" && filter.name === "reprot"
        ? Promise.reject(missing)
        : Promise.resolve({ rows: [] }),
  });
  const session = await openSession(mcpApp(t, { opcode }));
  const hint = async (resource: string, filter: JsonObject) => {
    const { structuredContent } = await session.call("opcode.query", { resource, filter });
    return (structuredContent as JsonObject).hint;
  };
  assert.equal(await hint("workflows", { template_name: "reprot" }), missing.message);
  assert.equal(await hint("templates", { name: "reprot" }), missing.message);
  assert.equal(await hint("workflows", { template_name: "report" }), undefined);
  assert.equal(await hint("workflows", { agent_id: "reprot" }), undefined);
});

test("an image comes as an image beside the structure, and its letters only once", async (t) => {
  const reply = { format: "image", diagram: "iVBORw0KGgo=" };
  const session = await openSession(
    mcpApp(t, { opcode: scriptedOpcode({ diagram: async () => reply }) }),
  );
  const result = await session.call("opcode.diagram", { template_name: "w", format: "image" });
  assert.deepEqual(result.structuredContent, reply);
  assert.deepEqual(result.content, [
    { type: "text", text: '{"format":"image","base64_length":12}' },
    { type: "image", data: reply.diagram, mimeType: "image/png" },
  ]);
});
