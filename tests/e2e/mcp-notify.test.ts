// Whether workflow.notify reaches an agent over each kind of connection to a real daemon, and says when not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../core/json.ts";
import { type Cleanup, spawnDaemon, startTestDaemon, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import {
  events,
  INITIALIZE,
  nextMessage,
  openSession,
  post,
  type SseEvent,
  stateless,
} from "../support/mcp-app.ts";

const AGENT = "bot";

const WORKFLOW = {
  name: "tell",
  agent_id: AGENT,
  definition: {
    steps: [
      { id: "first", action: "workflow.notify", params: { message: "one", data: { n: 1 } } },
      {
        id: "second",
        action: "workflow.notify",
        params: { message: "two" },
        depends_on: ["first"],
      },
    ] as JsonObject[],
  },
};

const RUN = { template_name: "tell", agent_id: AGENT };

type Notifying = Awaited<ReturnType<typeof start>>;

/** A daemon with the workflow defined, and how tests reach it. */
async function start(t: Cleanup) {
  const { url, opcode } = await startTestDaemon(t);
  await opcode.define(WORKFLOW);
  return {
    fetch: (path: string, init?: RequestInit) => fetch(url + path, init),
    /** Runs it from elsewhere; returns what its second step says. */
    async run() {
      const { status, steps, workflow_id } = await opcode.run({ ...RUN, wait_ms: 60_000 });
      assert.equal(status, "completed");
      return { workflow_id, output: steps!.second!.output };
    },
  };
}

const AWAY = { notified: false, reason: "agent_not_connected", queued: true };

/** Both messages of one run, whatever else is on the stream between them. */
async function assertMessages(
  stream: AsyncGenerator<SseEvent>,
  { workflow_id, output }: { workflow_id: string; output: unknown },
): Promise<void> {
  assert.deepEqual(output, { notified: true });
  const wanted = [["first", "one", { n: 1 }], ["second", "two", null]] as const;
  for (const [step_id, message, data] of wanted) {
    const note = await nextMessage(stream);
    assert.equal(note.method, "notifications/message");
    const { _meta, ...params } = note.params;
    const body = { message, workflow_id, step_id };
    assert.deepEqual(params, {
      level: "info",
      logger: "opcode",
      ...body,
      data: { ...body, data },
    });
  }
}

/** What was kept for the agent while it was away: both messages of so many runs. */
async function takeKept(stream: AsyncGenerator<SseEvent>, runs: string[]): Promise<void> {
  for (const run of runs) {
    for (const message of ["one", "two"]) {
      const { method, params: { data } } = await nextMessage(stream);
      assert.equal(method, "notifications/message");
      assert.deepEqual([data.message, data.workflow_id], [message, run]);
      assert.ok(data.notification_id && data.queued_at);
    }
  }
}

/** Closes the stream: once the daemon has seen it, the agent is away. */
async function assertAwayAfter(
  daemon: Notifying,
  stream: AsyncGenerator<SseEvent>,
): Promise<void> {
  await stream.return(undefined);
  for (;;) {
    const { output } = await daemon.run();
    if (!(output as { notified: boolean }).notified) return assert.deepEqual(output, AWAY);
    await delay(20);
  }
}

test("nobody connected: the step completes and says so", async (t) => {
  const daemon = await start(t);
  assert.deepEqual((await daemon.run()).output, AWAY);
});

test("a legacy session gets both messages of two steps, until its stream closes", async (t) => {
  const daemon = await start(t);
  const stream = events(await daemon.fetch("/sse"));
  const path = (await stream.next()).value!.data.replace(/^https?:\/\/[^/]+/, "");
  const ask = async (message: JsonObject) => {
    assert.equal((await post(daemon, message, { path })).status, 202);
    return await nextMessage(stream);
  };
  await ask({ ...INITIALIZE, params: { ...INITIALIZE.params, protocolVersion: "2024-11-05" } });
  const params = { name: "opcode.define", arguments: WORKFLOW };
  await ask({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  await assertMessages(stream, await daemon.run());
  await assertAwayAfter(daemon, stream);
});

test("a session with an open GET stream gets both, until the stream closes", async (t) => {
  const daemon = await start(t);
  const session = await openSession(daemon);
  await session.call("opcode.define", WORKFLOW);
  const missed = await daemon.run();
  assert.deepEqual(missed.output, AWAY, "a session alone is nobody who reads");
  const status = await session.call("opcode.status", { workflow_id: missed.workflow_id });
  const listed = status.structuredContent.notifications;
  assert.deepEqual(listed.map((one: any) => one.message), ["one", "two"]);
  const stream = events(await session.listen());
  await takeKept(stream, [missed.workflow_id]);
  await assertMessages(stream, await daemon.run());
  await assertAwayAfter(daemon, stream);
});

test("an agent without a stream gets both on the answer of its own call", async (t) => {
  const daemon = await start(t);
  const session = await openSession(daemon);
  const params = { name: "opcode.run", arguments: RUN };
  const answer = await session.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const { workflow_id, steps } = answer.body.result.structuredContent;
  const messages = answer.before.map((note) => ({ event: "message", data: JSON.stringify(note) }));
  async function* before() {
    yield* messages;
  }
  await assertMessages(before(), { workflow_id, output: steps.second.output });
  assert.deepEqual((await daemon.run()).output, AWAY, "the call is over");
});

test("an open subscription of the agent gets both, until it closes", async (t) => {
  const daemon = await start(t);
  const { headers, _meta } = stateless("subscriptions/listen");
  const params = { notifications: { toolsListChanged: true }, _meta };
  const stream = events(
    await daemon.fetch("/mcp?agent_id=bot", {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 5, method: "subscriptions/listen", params }),
    }),
  );
  await nextMessage(stream);
  await assertMessages(stream, await daemon.run());
  await assertAwayAfter(daemon, stream);
});

test("what was kept is told after kill -9 and a restart, and only once", async (t) => {
  const home = tempHome(t);
  const first = await spawnDaemon(t, { home });
  const posted = (url: string, path: string, body: object) =>
    rest(url, "POST", `/api/v1${path}`, body);
  assert.equal((await posted(first.url, "/templates", WORKFLOW)).status, 201);
  const run = await posted(first.url, "/runs", { ...RUN, wait_ms: 60_000 });
  assert.deepEqual(run.body.steps.second.output, AWAY);
  await first.kill();
  const { url } = await spawnDaemon(t, { home });
  const daemon = { fetch: (path: string, init?: RequestInit) => fetch(url + path, init) };
  const path = "/mcp?agent_id=bot";
  const stream = events(await (await openSession(daemon, { path })).listen());
  await takeKept(stream, [run.body.workflow_id]);
  // Told is stored a moment after it was sent.
  for (;;) {
    const { body } = await rest(url, "GET", `/api/v1/runs/${run.body.workflow_id}`);
    if (body.notifications === undefined) break;
    await delay(10);
  }
  const second = events(await (await openSession(daemon, { path })).listen());
  const again = await posted(url, "/runs", { ...RUN, wait_ms: 60_000 });
  const { workflow_id, steps } = again.body;
  await assertMessages(second, { workflow_id, output: steps.second.output });
  await stream.return(undefined);
  await second.return(undefined);
});

test("progress grows to the end of the run when a token is given, in both eras", async (t) => {
  const daemon = await start(t);
  const session = await openSession(daemon);
  const call = (more: JsonObject) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "opcode.run", arguments: RUN, ...more },
  });
  const modern = stateless("tools/call", { progressToken: "p" }, "opcode.run");
  const answers = [
    await session.send(call({ _meta: { progressToken: "p" } })),
    await post(daemon, call({ _meta: modern._meta }), { headers: modern.headers }),
  ];
  for (const { before } of answers) {
    const progress = before.filter(({ method }) => method === "notifications/progress");
    assert.ok(progress.every(({ params }) => params.progressToken === "p" && params.total === 2));
    const done = progress.map(({ params }) => params.progress);
    assert.deepEqual(done, [...new Set(done)].sort(), "it only grows");
    assert.equal(done.at(-1), 2);
  }
  const silent = await session.send(call({}));
  assert.ok(silent.before.every(({ method }) => method !== "notifications/progress"));
});
