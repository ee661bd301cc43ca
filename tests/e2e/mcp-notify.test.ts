// Whether workflow.notify reaches an agent over each kind of connection to a real daemon, and says when not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { JsonObject } from "../../core/json.ts";
import { type Cleanup, startTestDaemon } from "../support/daemon.ts";
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

const AWAY = { notified: false, reason: "agent_not_connected" };

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
  assert.deepEqual((await daemon.run()).output, AWAY, "a session alone is nobody who reads");
  const stream = events(await session.listen());
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
