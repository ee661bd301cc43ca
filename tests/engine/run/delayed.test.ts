// A run that begins later: it is there at once, waits over restarts, can be cancelled, and begins once.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eventsOf, openTestEngine, pass, settle } from "../../support/test-engine.ts";

const HOUR = 3_600_000;
const ECHO = [{ id: "a", action: "test.echo", params: { n: 1 } }];

async function open(schema?: object) {
  const engine = await openTestEngine();
  const more = schema ? { template: { input_schema: schema as never } } : {};
  await engine.define("w", ECHO, more);
  const run = (more: object) =>
    engine.opcode.run({ template_name: "w", agent_id: "test", ...more });
  return { engine, run };
}

test("it is answered and listed at once as pending, and begins at its time", async () => {
  const { engine, run } = await open();
  const reply = await run({ delay: "2h", wait_ms: 60_000 });
  const at = new Date(engine.clock.now() + 2 * HOUR).toISOString();
  const { workflow_id: id, ...rest } = reply;
  assert.deepEqual(rest, { status: "pending", waiting: true, start_at: at });
  const status = await engine.opcode.status(id);
  assert.deepEqual([status.status, status.start_at, status.events], ["pending", at, []]);
  const filter = { status: "pending" };
  const { rows } = await engine.opcode.query({ resource: "workflows", filter });
  assert.deepEqual(rows.map((row) => [row.id, row.start_at]), [[id, at]]);
  await pass(engine, 2 * HOUR - 1);
  assert.equal((await engine.opcode.status(id)).status, "pending");
  await pass(engine, 1);
  const done = await engine.opcode.status(id);
  assert.deepEqual([done.status, done.start_at, done.started_at], ["completed", undefined, at]);
  assert.deepEqual(await eventsOf(engine, id), [
    "workflow_started",
    "step_started a",
    "step_completed a",
    "workflow_completed",
  ]);
});

test("it may name the time, and one that has passed is now", async () => {
  const { engine, run } = await open();
  const start_at = new Date(engine.clock.now() + HOUR).toISOString();
  const { workflow_id: id } = await run({ start_at });
  await pass(engine, HOUR);
  assert.equal((await engine.opcode.status(id)).status, "completed");
  const past = await run({ start_at: new Date(engine.clock.now()).toISOString() });
  assert.equal(past.status, "completed");
});

for (const [what, ms] of Object.entries({ before: HOUR / 2, after: 3 * HOUR })) {
  test(`it begins once, also when the process is another, which comes ${what} its time`, async () => {
    const { engine, run } = await open();
    const { workflow_id: id } = await run({ delay: "1h" });
    engine.opcode.stop();
    engine.clock.advance(ms);
    const next = await engine.crash();
    await settle();
    if (ms < HOUR) {
      assert.equal((await next.opcode.status(id)).status, "pending");
      await pass(next, HOUR - ms);
    }
    const { status, events } = await next.opcode.status(id);
    assert.equal(status, "completed");
    assert.equal(events.filter(({ event_type }) => event_type === "workflow_started").length, 1);
    assert.deepEqual((await next.store.dueTimers(Number.MAX_SAFE_INTEGER, 9)).timers, []);
  });
}

test("it can be cancelled, and then never begins", async () => {
  const { engine, run } = await open();
  const { workflow_id } = await run({ delay: "1h" });
  await settle();
  await engine.opcode.signal({ workflow_id, signal_type: "cancel" });
  assert.equal((await engine.opcode.status(workflow_id)).status, "cancelled");
  await pass(engine, HOUR);
  assert.equal((await engine.opcode.status(workflow_id)).status, "cancelled");
  assert.deepEqual((await engine.store.dueTimers(Number.MAX_SAFE_INTEGER, 9)).timers, []);
});

test("another signal before its time is a conflict that names the time", async () => {
  const { engine, run } = await open();
  const { workflow_id } = await run({ delay: "1h" });
  const data = { workflow_id, signal_type: "data" as const, payload: { x: 1 } };
  await assert.rejects(engine.opcode.signal(data), /has not begun: it begins at/);
});

test("its params are checked at once, and its key is its own from then on", async () => {
  const { engine, run } = await open({ type: "object", required: ["n"] });
  await assert.rejects(run({ delay: "1h" }), /params.n: is required/);
  const asked = { delay: "1h", params: { n: 1 }, idempotency_key: "k", wait_ms: 0 };
  const first = await run(asked);
  const second = await run(asked);
  assert.deepEqual([second.workflow_id, second.replayed], [first.workflow_id, true]);
  assert.equal(second.status, "pending");
  await pass(engine, HOUR);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 1);
});

const BAD: Record<string, [object, RegExp]> = {
  "no duration": [{ delay: "soon" }, /^delay: must be a duration/],
  "no time": [{ start_at: "tomorrow" }, /^start_at: must be an RFC 3339 time/],
  "both": [{ start_at: "2999-01-01T00:00:00Z", delay: "1h" }, /^delay: has no meaning beside/],
  "too far": [{ start_at: "2999-01-01T00:00:00Z" }, /^start_at: must be within ten years/],
  "a fork": [
    { delay: "1h", from_run: "x", from_step: "a" },
    /^delay: has no meaning beside from_run/,
  ],
};
for (const [what, [more, rule]] of Object.entries(BAD)) {
  test(`${what} is refused`, async () => {
    const { engine, run } = await open();
    await assert.rejects(run(more), (error: Error) => rule.test(error.message));
    assert.deepEqual((await engine.opcode.query({ resource: "workflows" })).rows, []);
  });
}
