// Whether others are told of what they want to hear of runs: in order, at least once, and not for ever.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { PostReply, PostRequest } from "../../../engine/callbacks/post.ts";
import {
  eventsOf,
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const ECHO = [{ id: "a", action: "test.echo", params: { n: 1 } }];
const ALL = ["completed", "failed", "cancelled", "suspended"];
const HOUR = 3_600_000;

interface Receiver {
  engine: TestEngine;
  vault: TestVault;
  requests: PostRequest[];
  /** How the next requests are answered; the last one stays. */
  replies: (PostReply | Error | Promise<PostReply>)[];
  bodies(): JsonObject[];
}

async function open(
  steps: JsonObject[] = ECHO,
  { events = ALL, url = "http://receiver.test/in?key=hush", options = {} } = {},
): Promise<Receiver> {
  const vault = new TestVault({ S: "sesame" });
  const requests: PostRequest[] = [];
  const replies: Receiver["replies"] = [{ status: 200 }];
  const engine = await openTestEngine({
    secrets: vault,
    ...options,
    post(request) {
      requests.push(request);
      const reply = replies.length > 1 ? replies.shift()! : replies[0]!;
      return reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply);
    },
  });
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps },
    triggers: { notify: { url, events, secret: "S" } },
  });
  const bodies = () => requests.map(({ body }) => JSON.parse(body) as JsonObject);
  return { engine, vault, requests, replies, bodies };
}

const run = (engine: TestEngine, more = {}) =>
  engine.opcode.run({ template_name: "w", agent_id: "somebody", ...more });

test("a run that completes is told, signed, with its output and where it stands", async () => {
  const { engine, requests, bodies } = await open();
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "a callback");
  const [{ url, headers, body }] = requests as [PostRequest];
  assert.equal(url, "http://receiver.test/in?key=hush");
  const [told] = bodies();
  const { created_at, started_at, at, ...rest } = told!;
  for (const time of [created_at, started_at, at]) assert.match(String(time), /^\d{4}-.*Z$/);
  const id = headers["opcode-id"]!;
  assert.deepEqual(rest, {
    id,
    event: "completed",
    workflow_id,
    template_name: "w",
    template_version: "v1",
    status: "completed",
    output: { n: 1 },
  });
  assert.match(id, new RegExp(`^${workflow_id}\\.\\d+$`));
  assert.equal(headers["idempotency-key"], id);
  assert.equal(headers["opcode-attempt"], "1");
  const time = headers["opcode-timestamp"]!;
  assert.equal(time, String(Math.floor(engine.clock.now() / 1_000)));
  const signature = createHmac("sha256", "sesame").update(`${time}.${body}`).digest("hex");
  assert.equal(headers["opcode-signature"], `sha256=${signature}`);
  await settle();
  assert.equal(requests.length, 1);
  const { runNo } = (await engine.store.runHead(workflow_id))!;
  assert.equal(await engine.store.firstCallback(runNo), null);
});

test("only what was asked for is told, and of children too", async () => {
  const { engine, requests, bodies } = await open(
    [{ id: "a", action: "test.fail", params: { message: "no" } }],
    { events: ["failed"] },
  );
  await engine.define("parent", [{
    id: "child",
    action: "workflow.run",
    params: { template_name: "w" },
    on_error: { strategy: "ignore" },
  }]);
  await engine.opcode.run({ template_name: "parent", agent_id: "test" });
  await until(() => requests.length === 1, "a callback");
  const [{ event, error }] = bodies() as [JsonObject];
  assert.equal(event, "failed");
  assert.deepEqual(Object.keys(error as JsonObject), ["code", "message", "step_id"]);
});

test("a run's are told one after the other in their order, however long the first takes", async () => {
  const { engine, requests, replies, bodies } = await open([
    { id: "w", type: "wait", config: { signal: "go" } },
  ]);
  replies.unshift({ status: 500 });
  const { workflow_id } = await run(engine, { wait_ms: 1_000 });
  await until(() => requests.length === 1, "the first");
  await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { name: "go" },
    agent_id: "test",
  });
  await settle();
  assert.deepEqual(bodies().map(({ event }) => event), ["suspended"]);
  await pass(engine, 7_000);
  await until(() => requests.length === 3, "both");
  assert.deepEqual(bodies().map(({ event }) => event), ["suspended", "suspended", "completed"]);
  assert.deepEqual(requests.map(({ headers }) => headers["opcode-attempt"]), ["1", "2", "1"]);
  assert.equal(requests[0]!.headers["opcode-id"], requests[1]!.headers["opcode-id"]);
  assert.equal(bodies()[1]!.status, "suspended", "as it stood then");
});

test("other runs do not wait for one whose receiver does not answer", async () => {
  const { engine, requests, replies } = await open();
  replies.unshift(new Promise<PostReply>(() => {}));
  await run(engine);
  await run(engine);
  await until(() => requests.length === 2, "the second");
});

test("to one host four are sent at a time", async () => {
  const { engine, requests, replies } = await open();
  const answers: ((reply: PostReply) => void)[] = [];
  replies.length = 0;
  for (let n = 0; n < 9; n++) {
    const { promise, resolve } = Promise.withResolvers<PostReply>();
    replies.push(promise);
    answers.push(resolve);
  }
  for (let n = 0; n < 8; n++) await run(engine);
  await settle();
  assert.equal(requests.length, 4);
  answers[0]!({ status: 204 });
  await until(() => requests.length === 5, "the next");
});

test("what is not taken is sent again, later each time, for a day; then the run's log says so", async () => {
  const lines: [string, JsonObject][] = [];
  const put = (msg: string, fields = {}) => void lines.push([msg, fields as JsonObject]);
  const log = { debug: put, info: put, warn: put, error: put };
  const { engine, requests, replies } = await open(ECHO, { options: { log } });
  replies[0] = new Error("connection refused");
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "the first");
  const times = [engine.clock.now()];
  for (let step = 0; step < 3_000 && times.at(-1)! - times[0]! < 25 * HOUR; step++) {
    const before = requests.length;
    await pass(engine, step < 400 ? 5_000 : 60_000);
    if (requests.length > before) times.push(engine.clock.now());
    if (engine.clock.now() - times[0]! > 26 * HOUR) break;
  }
  const gaps = times.slice(1).map((time, i) => time - times[i]!);
  assert.ok(gaps[0]! <= 10_000 && gaps[1]! > 5_000, `${gaps}`);
  assert.ok(gaps.at(-1)! > 0.7 * HOUR && Math.max(...gaps) <= 1.3 * HOUR, `${gaps}`);
  assert.ok(times.at(-1)! - times[0]! > 20 * HOUR && times.at(-1)! - times[0]! <= 24 * HOUR);
  assert.ok(requests.length > 25 && requests.length < 45, `${requests.length}`);
  await settle();
  assert.equal((await eventsOf(engine, workflow_id)).at(-1), "callback_failed");
  const [failed] = await payloadsOf(engine, workflow_id, "callback_failed");
  assert.deepEqual([failed!.event, failed!.attempts], ["completed", requests.length]);
  assert.equal((await engine.opcode.status(workflow_id)).status, "completed");
  const told = lines.filter(([msg]) => msg.includes("callback"));
  assert.deepEqual(told.map(([msg]) => msg), [
    "a callback was not taken, trying again for a day",
    "a callback was given up",
  ]);
  assert.doesNotMatch(JSON.stringify(told), /hush|sesame/);
});

test("a receiver that is gone is asked no more, and one that is busy as late as it says", async () => {
  const { engine, requests, replies } = await open();
  replies.unshift({ status: 429, retryAfterMs: 600_000 });
  replies[1] = { status: 410 };
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "the first");
  await settle();
  await pass(engine, 599_000);
  assert.equal(requests.length, 1);
  await pass(engine, 1_000);
  await until(() => requests.length === 2, "the second");
  await settle();
  await pass(engine, 25 * HOUR);
  assert.equal(requests.length, 2);
  assert.equal((await eventsOf(engine, workflow_id)).at(-1), "callback_failed");
});

for (const status of [301, 302, 307, 308, 400, 401, 404, 500, 503]) {
  test(`${status} is no 2xx: it is sent again`, async () => {
    const { engine, requests, replies } = await open();
    replies.unshift({ status });
    await run(engine);
    await until(() => requests.length === 1, "the first");
    await settle();
    await pass(engine, 7_000);
    await until(() => requests.length === 2, "the second");
  });
}

test("a process that dies before, while or after it is sent loses none, and keeps the order", async () => {
  const receiver = await open([{ id: "w", type: "wait", config: { signal: "go" } }]);
  const { requests, replies, bodies } = receiver;
  let { engine } = receiver;
  replies[0] = new Promise<PostReply>(() => {});
  const { workflow_id } = await run(engine, { wait_ms: 1_000 });
  await until(() => requests.length === 1, "the first");
  await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { name: "go" },
    agent_id: "test",
  });
  engine = await engine.crash();
  replies[0] = { status: 200 };
  await pass(engine, 1);
  await until(() => requests.length >= 3, "both after the crash");
  assert.deepEqual(bodies().map(({ event }) => event), ["suspended", "suspended", "completed"]);
  engine = await engine.crash();
  await pass(engine, HOUR);
  assert.equal(requests.length, 3);
});

test("what retention has removed is told as far as it is known, and given up without a log", async () => {
  const { engine, requests, replies, bodies } = await open();
  replies[0] = { status: 500 };
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "the first");
  const { runNo } = (await engine.store.runHead(workflow_id))!;
  await engine.define("other", ECHO);
  await engine.opcode.run({ template_name: "other", agent_id: "test" });
  const pruning = engine.opcode.prune({ max_runs: 1 });
  for (let turn = 0; turn < 20; turn++) await pass(engine, 10);
  assert.equal((await pruning).runs, 1);
  await pass(engine, 7_000);
  await until(() => requests.length === 2, "the second");
  const [, { event, workflow_id: told, removed, output }] = bodies() as [JsonObject, JsonObject];
  assert.deepEqual([event, told, removed, output], ["completed", workflow_id, true, undefined]);
  replies[0] = { status: 410 };
  await pass(engine, HOUR);
  await until(async () => await engine.store.firstCallback(runNo) === null, "its end");
  const { timers } = await engine.store.dueTimers(Number.MAX_SAFE_INTEGER, 100);
  assert.deepEqual(timers.filter(({ key }) => key.startsWith("callback")), []);
});

test("a secret in the output is masked, and an output that is too large is measured", async () => {
  const { engine, bodies, requests } = await open([
    { id: "a", action: "test.echo", params: { said: "${{secrets.S}}" } },
  ]);
  await run(engine);
  await until(() => requests.length === 1, "a callback");
  assert.deepEqual(bodies()[0]!.output, { said: "***" });
  const large = { id: "a", action: "expr.eval", params: { expression: "repeat('x', 300000)" } };
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps: [large] },
    triggers: { notify: { url: "http://receiver.test/", events: ["completed"], secret: "S" } },
  });
  await run(engine);
  await until(() => requests.length === 2, "another");
  const { output, truncated, output_size } = bodies()[1]!;
  assert.deepEqual([output, truncated], [undefined, true]);
  assert.ok(Number(output_size) > 300_000);
});

test("a run reports where its own version says", async () => {
  const { engine, requests } = await open([{ id: "a", action: "test.external" }]);
  const begun = await run(engine, { wait_ms: 0 });
  await engine.opcode.define({
    name: "w",
    agent_id: "author",
    definition: { steps: ECHO },
    triggers: { notify: { url: "http://other.test/", events: ALL, secret: "S" } },
  });
  (await engine.called("a")).resolve(1);
  await until(() => requests.length === 1, "the first version's");
  assert.match(requests[0]!.url, /receiver/);
  assert.ok(begun.workflow_id);
  await run(engine);
  await until(() => requests.length === 2, "the second's");
  assert.equal(requests[1]!.url, "http://other.test/");
});

test("without its secret, or its agent's right, nothing is sent, and it is once there is", async () => {
  const { engine, vault, requests } = await open();
  vault.isLocked = true;
  await run(engine);
  await settle();
  assert.equal(requests.length, 0);
  vault.isLocked = false;
  await pass(engine, 7_000);
  await until(() => requests.length === 1, "the callback");
  const rights = { templates: ["*"], decide: "own" as const };
  const denied = await open(ECHO, {
    options: { agents: { somebody: { ...rights, allow: ["test.*"] } } },
  });
  await run(denied.engine);
  await settle();
  assert.equal(denied.requests.length, 0);
});

test("a run that is cancelled is told with the reason", async () => {
  const { engine, requests, bodies } = await open([{ id: "a", action: "test.external" }]);
  const { workflow_id } = await run(engine, { wait_ms: 0 });
  await engine.called("a");
  await engine.opcode.signal({
    workflow_id,
    signal_type: "cancel",
    reasoning: "not needed",
    agent_id: "test",
  });
  await until(() => requests.length === 1, "a callback");
  const [{ event, status, reason }] = bodies() as [JsonObject];
  assert.deepEqual([event, status], ["cancelled", "cancelled"]);
  assert.equal(typeof reason, "string");
});

test("what is under way when the engine stops is stored as sent if it is answered soon", async () => {
  const { engine, requests, replies } = await open();
  const { promise, resolve } = Promise.withResolvers<PostReply>();
  replies[0] = promise;
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "the callback");
  const { runNo } = (await engine.store.runHead(workflow_id))!;
  const beside = engine.store.beside();
  const stopped = engine.opcode.stop();
  await settle();
  resolve({ status: 200 });
  await stopped;
  assert.equal(await beside.firstCallback(runNo), null);
});

const listed = async ({ opcode }: TestEngine, page = {}) =>
  (await opcode.callbacks.list(page)).callbacks;

test("what waits is listed with its attempts, the last answer and the next attempt, those behind it too", async () => {
  const { engine, requests, replies } = await open([
    { id: "w", type: "wait", config: { signal: "go" } },
  ]);
  replies[0] = { status: 500 };
  const { workflow_id } = await run(engine, { wait_ms: 1_000 });
  await until(() => requests.length === 1, "the first");
  await settle();
  await engine.opcode.signal({
    workflow_id,
    signal_type: "data",
    payload: { name: "go" },
    agent_id: "test",
  });
  await settle();
  const [first, second, ...rest] = await listed(engine);
  assert.deepEqual(rest, []);
  const { first_tried_at, last_tried_at, next_attempt_at, gives_up_at, ...told } = first!;
  assert.deepEqual(told, {
    id: requests[0]!.headers["opcode-id"],
    workflow_id,
    sequence: Number(String(told.id).split(".").at(-1)),
    template_name: "w",
    agent_id: "somebody",
    event: "suspended",
    host: "receiver.test",
    status: "waiting",
    attempts: 1,
    last_error: "it was answered with 500",
  });
  assert.equal(first_tried_at, last_tried_at);
  const ms = (time: unknown) => Date.parse(String(time));
  assert.ok(ms(next_attempt_at) - ms(first_tried_at) >= 4_000);
  assert.equal(ms(gives_up_at) - ms(first_tried_at), 24 * HOUR);
  assert.deepEqual([second!.event, second!.behind, second!.next_attempt_at, second!.attempts], [
    "completed",
    true,
    undefined,
    0,
  ]);
  assert.deepEqual(await engine.opcode.callbacks.get(String(first!.id)), first);
  await assert.rejects(engine.opcode.callbacks.send(String(second!.id)), {
    code: "CONFLICT",
    message: /waits for others of its run/,
  });
  const page = await engine.opcode.callbacks.list({ limit: 1 });
  const next = await engine.opcode.callbacks.list({ limit: 1, cursor: page.next_cursor });
  assert.deepEqual([...page.callbacks, ...next.callbacks], [first, second]);
  assert.deepEqual((await listed(engine, { workflow_id })).length, 2);
  assert.deepEqual(await listed(engine, { status: "given_up" }), []);
  await assert.rejects(listed(engine, { workflow_id: "nobody" }), { code: "NOT_FOUND" });
  await assert.rejects(listed(engine, { status: "lost" }), { code: "VALIDATION_ERROR" });
});

test("one is sent now when somebody says so, and those behind it follow", async () => {
  const { engine, requests, replies } = await open();
  replies.unshift({ status: 503, retryAfterMs: HOUR });
  await run(engine);
  await until(() => requests.length === 1, "the first");
  await settle();
  const [{ id }] = await listed(engine) as [JsonObject];
  await pass(engine, 60_000);
  assert.equal(requests.length, 1);
  const sent = await engine.opcode.callbacks.send(String(id));
  assert.deepEqual([sent.id, sent.attempts], [id, 1]);
  await until(() => requests.length === 2, "the second");
  await settle();
  assert.equal(requests[1]!.headers["opcode-attempt"], "2");
  assert.deepEqual(await listed(engine), []);
  await assert.rejects(engine.opcode.callbacks.send(String(id)), {
    code: "NOT_FOUND",
    message: /it was taken, or never was$/,
  });
  await pass(engine, 2 * HOUR);
  assert.equal(requests.length, 2, "its old time is no more");
});

test("one that was given up is listed, begins anew when it is sent, and goes with its run", async () => {
  const { engine, requests, replies } = await open();
  replies[0] = { status: 410 };
  const { workflow_id } = await run(engine);
  await until(() => requests.length === 1, "the first");
  await settle();
  const [gone] = await listed(engine, { status: "given_up" });
  assert.deepEqual([gone!.status, gone!.attempts, gone!.last_error, gone!.next_attempt_at], [
    "given_up",
    1,
    "it was answered with 410",
    undefined,
  ]);
  assert.match(String(gone!.given_up_at), /^\d{4}-/);
  assert.deepEqual(await listed(engine, { status: "waiting" }), []);
  replies[0] = { status: 500 };
  const begun = await engine.opcode.callbacks.send(String(gone!.id));
  assert.deepEqual([begun.status, begun.attempts, begun.first_tried_at], ["waiting", 0, undefined]);
  await until(() => requests.length === 2, "the second");
  await settle();
  assert.equal(requests[1]!.headers["opcode-attempt"], "1");
  const [again] = await listed(engine);
  assert.deepEqual([again!.status, again!.attempts], ["waiting", 1]);
  // Also when the process dies over it.
  replies[0] = { status: 410 };
  const other = await engine.crash();
  await pass(other, HOUR);
  await until(async () => (await listed(other, { status: "given_up" })).length === 1, "its end");
  await other.define("other", ECHO);
  await other.opcode.run({ template_name: "other", agent_id: "test" });
  const pruning = other.opcode.prune({ max_runs: 1 });
  for (let turn = 0; turn < 20; turn++) await pass(other, 10);
  assert.equal((await pruning).runs, 1);
  assert.deepEqual(await listed(other), []);
  await assert.rejects(other.opcode.callbacks.get(String(gone!.id)), { code: "NOT_FOUND" });
  assert.ok(workflow_id);
});

test("one that is being sent is not sent a second time by who asks for it meanwhile", async () => {
  const { engine, requests, replies } = await open();
  const { promise, resolve } = Promise.withResolvers<PostReply>();
  replies[0] = promise;
  await run(engine);
  await until(() => requests.length === 1, "the first");
  const [{ id }] = await listed(engine) as [JsonObject];
  const asked = assert.rejects(engine.opcode.callbacks.send(String(id)), {
    code: "CONFLICT",
    message: /it was taken just now/,
  });
  await settle();
  resolve({ status: 200 });
  await asked;
  await pass(engine, HOUR);
  assert.equal(requests.length, 1);
});

test("an agent sees callbacks of the templates that it sees, and sends those of whom it decides for", async () => {
  const rights = { allow: ["*"], decide: "own" as const };
  const agents = {
    author: { ...rights, templates: ["*"] },
    somebody: { ...rights, templates: ["w"] },
    other: { ...rights, templates: ["w"] },
    blind: { ...rights, templates: ["x"] },
  };
  const { engine, requests, replies } = await open(ECHO, { options: { agents } });
  replies[0] = { status: 500 };
  await run(engine);
  await until(() => requests.length === 1, "the first");
  await settle();
  const [{ id }] = await listed(engine) as [JsonObject];
  const as = (agent: string) => engine.opcode.as(agent).callbacks;
  assert.deepEqual((await as("blind").list()).callbacks, []);
  await assert.rejects(as("blind").get(String(id)), { code: "NOT_FOUND" });
  await assert.rejects(as("blind").send(String(id)), { code: "NOT_FOUND" });
  assert.equal((await as("other").list()).callbacks.length, 1);
  await assert.rejects(as("other").send(String(id)), { code: "PERMISSION_DENIED" });
  assert.equal((await as("somebody").send(String(id))).id, id);
});
