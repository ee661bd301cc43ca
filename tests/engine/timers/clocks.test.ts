// What time is to waits and limits when the wall clock is set, or the machine sleeps.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, settle, type TestEngine } from "../../support/test-engine.ts";

const HOUR = 3_600_000;
const wait = (id: string, duration: string): JsonObject => ({
  id,
  type: "wait",
  config: { duration },
});

/** What waits for a minute in one way or another, and is over then. */
const MINUTE: Record<string, { steps: JsonObject[]; definition?: JsonObject; ends: string }> = {
  "a wait": { steps: [wait("w", "1m")], ends: "completed" },
  "a short wait": {
    steps: [wait("w", "25s"), { ...wait("v", "25s"), depends_on: ["w"] }],
    ends: "completed",
  },
  "a decision with a deadline": {
    steps: [{
      id: "q",
      type: "reasoning",
      config: { options: [{ id: "yes" }], timeout: "1m", fallback: "yes" },
    }],
    ends: "completed",
  },
  "a retry": {
    steps: [{ id: "f", action: "test.fail", params: { times: 1 }, retry: { max: 1, delay: "1m" } }],
    ends: "completed",
  },
  "a run's timeout": {
    steps: [{ id: "x", action: "test.external" }],
    definition: { timeout: "1m" },
    ends: "failed",
  },
  "the time limit of a loop": {
    steps: [{
      id: "l",
      type: "loop",
      timeout: "1m",
      config: { over: [1], body: [{ id: "x", action: "test.external" }] },
    }],
    ends: "failed",
  },
};

async function statusOf(engine: TestEngine, id: string): Promise<string> {
  await settle();
  return (await engine.opcode.status(id)).status;
}

/** Lets time pass in pieces, so that what comes of one timer may set the next. */
async function pass(engine: TestEngine, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    engine.clock.advance(Math.min(left, 1_000));
    await settle();
  }
}

for (const [what, { steps, definition, ends }] of Object.entries(MINUTE)) {
  describe(what, () => {
    const begin = async () => {
      const engine = await openTestEngine();
      engine.clock.jump(10 * HOUR);
      const { workflow_id: id } = await engine.run(steps, {
        wait_ms: 0,
        ...(definition && { definition }),
      });
      await settle();
      return { engine, id };
    };

    test("takes no longer when the clock is set back an hour", async () => {
      const { engine, id } = await begin();
      await pass(engine, 20_000);
      engine.clock.jump(-HOUR);
      await pass(engine, 25_000);
      assert.notEqual(await statusOf(engine, id), ends);
      await pass(engine, 16_000);
      assert.equal(await statusOf(engine, id), ends);
    });

    test("takes as long as ever when it begins after that", async () => {
      const engine = await openTestEngine();
      engine.clock.jump(10 * HOUR);
      await engine.define("old", [wait("w", "3h")]);
      await engine.opcode.run({ template_name: "old", agent_id: "test", wait_ms: 0 });
      await settle();
      engine.clock.jump(-HOUR);
      const { workflow_id: id } = await engine.run(steps, {
        wait_ms: 0,
        ...(definition && { definition }),
      });
      await pass(engine, 45_000);
      assert.notEqual(await statusOf(engine, id), ends);
      await pass(engine, 16_000);
      assert.equal(await statusOf(engine, id), ends);
    });

    test("is over at once when the clock is set an hour ahead, or the machine has slept", async () => {
      const { engine, id } = await begin();
      for (let n = 0; n < 2; n++) {
        engine.clock.jump(HOUR);
        engine.clock.advance(0);
        await settle();
      }
      assert.equal(await statusOf(engine, id), ends);
    });

    test("is as it was after a jump ahead that is put right before anybody hears of it", async () => {
      const { engine, id } = await begin();
      await pass(engine, 10_000);
      engine.clock.set(HOUR);
      engine.clock.set(-HOUR);
      await pass(engine, 35_000);
      assert.notEqual(await statusOf(engine, id), ends);
      await pass(engine, 16_000);
      assert.equal(await statusOf(engine, id), ends);
    });
  });
}

test("three hours stay three hours through a jump ahead and back", async () => {
  const engine = await openTestEngine();
  engine.clock.jump(10 * HOUR);
  const { workflow_id: id } = await engine.run([wait("w", "3h")], { wait_ms: 0 });
  await settle();
  engine.clock.jump(HOUR);
  engine.clock.jump(-HOUR);
  await settle();
  engine.clock.advance(2.9 * HOUR);
  assert.equal(await statusOf(engine, id), "suspended");
  engine.clock.advance(0.2 * HOUR);
  assert.equal(await statusOf(engine, id), "completed");
});

test("what has taken a second took a second, also if the clock was set back meanwhile", async () => {
  const engine = await openTestEngine();
  engine.clock.jump(10 * HOUR);
  const running = engine.run([{ id: "x", action: "test.external" }]);
  const call = await engine.called("x");
  engine.clock.jump(-HOUR);
  engine.clock.advance(1_000);
  call.resolve(null);
  const { steps } = await running;
  assert.equal(steps!.x!.duration_ms, 1_000);
});

test("an active run that is paused has used the time that has passed", async () => {
  const engine = await openTestEngine();
  engine.clock.jump(10 * HOUR);
  const steps = [
    wait("a", "20s"),
    { id: "q", type: "reasoning", config: { options: [] }, depends_on: ["a"] },
    { id: "x", action: "test.external", depends_on: ["q"] },
  ];
  const { workflow_id: id } = await engine.run(steps, {
    wait_ms: 0,
    definition: { timeout: "1m" },
  });
  await settle();
  engine.clock.jump(-HOUR);
  await pass(engine, 21_000);
  assert.equal(await statusOf(engine, id), "suspended");
  await engine.opcode.signal({
    workflow_id: id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "y" },
    wait_ms: 0,
  });
  await pass(engine, 35_000);
  assert.equal(await statusOf(engine, id), "active");
  await pass(engine, 6_000);
  assert.equal(await statusOf(engine, id), "failed");
});

test("lists show the newest first, page by page, also after the clock was set back", async () => {
  const engine = await openTestEngine();
  engine.clock.jump(10 * HOUR);
  const ask = { id: "q", type: "reasoning", config: { options: [{ id: "yes" }] } };
  const begun: string[] = [];
  for (const jump of [0, -HOUR, 2 * HOUR, -3 * HOUR]) {
    engine.clock.jump(jump);
    for (let n = 0; n < 3; n++) {
      begun.unshift((await engine.run([ask], { wait_ms: 0 })).workflow_id);
      await settle();
      engine.clock.advance(1_000);
    }
  }
  for (const [resource, id] of [["workflows", "id"], ["decisions", "workflow_id"]] as const) {
    const listed: unknown[] = [];
    let cursor: string | undefined;
    do {
      const filter = { limit: 5, ...(cursor !== undefined && { cursor }) };
      const page = await engine.opcode.query({ resource, filter });
      listed.push(...page.rows.map((row) => (row as unknown as JsonObject)[id]));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    assert.deepEqual(listed, begun, resource);
  }
});
