// How many commits a run costs: the barrier's price is one a start of an external step, no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Action, DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { createRegistry } from "../../actions/registry.ts";
import { silentLogger } from "../../core/log.ts";
import { openEngine } from "../../engine/opcode.ts";
import { TestClock } from "../support/test-engine.ts";
import { createMemoryStore } from "../support/memory-store.ts";

function action(name: string, effects: Action["effects"]): Action {
  return {
    name,
    description: "Answers a constant.",
    effects,
    input: { type: "object" },
    output: { type: "object" },
    execute: () => ({ ok: true }),
  };
}

/** An engine whose commits are counted, and a way to run `count` steps of an action. */
async function countingEngine() {
  const store = createMemoryStore();
  let commits = 0;
  let events = 0;
  let largest = 0;
  const commit = store.commit.bind(store);
  store.commit = (batch) => {
    commits++;
    for (const handOver of batch) {
      events += handOver.events.length;
      largest = Math.max(largest, handOver.events.length);
    }
    return commit(batch);
  };
  const opcode = await openEngine({
    store,
    // A turn ends after 10 ms: how fast the machine is must not decide what these tests count.
    clock: new TestClock(),
    registry: createRegistry([
      action("test.pure", "none"),
      action("test.stored", "store"),
      action("test.external", "external"),
    ]),
    host: { env: {}, cwd: "/", isProtected: () => false, limits: DEFAULT_HOST_LIMITS },
    log: silentLogger,
    poolSize: 10,
    notify: () => Promise.resolve({ notified: false }),
  });
  return {
    async cost(steps: { action: string; depends_on?: string[] }[]) {
      const definition = { steps: steps.map((step, i) => ({ id: `s${i}`, ...step })) };
      await opcode.define({ name: "w", definition, agent_id: "a" });
      commits = 0;
      events = 0;
      const reply = await opcode.run({ template_name: "w", agent_id: "a" });
      assert.equal(reply.status, "completed");
      return { commits, events };
    },
    largest: () => largest,
    stop: () => opcode.stop(),
  };
}

function chain(action: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    action,
    ...(i > 0 && { depends_on: [`s${i - 1}`] }),
  }));
}

test("a run without external effects is one commit", async (t) => {
  const engine = await countingEngine();
  t.after(engine.stop);
  assert.deepEqual(await engine.cost(chain("test.pure", 10)), { commits: 1, events: 22 });
  assert.deepEqual(await engine.cost(chain("test.stored", 10)), { commits: 1, events: 22 });
});

test("ten external steps in sequence are eleven commits", async (t) => {
  const engine = await countingEngine();
  t.after(engine.stop);
  assert.deepEqual(await engine.cost(chain("test.external", 10)), { commits: 11, events: 22 });
});

test("external steps side by side share their commits", async (t) => {
  const engine = await countingEngine();
  t.after(engine.stop);
  const wide = Array.from({ length: 50 }, () => ({ action: "test.external" }));
  const { commits, events } = await engine.cost(wide);
  assert.equal(events, 102);
  // What gets the slot of one that has ended starts once that is taken: five waves of ten, and the end.
  assert.ok(commits <= 7, `${commits} commits`);
});

test("a long run without effects is handed over in parts of about 500 events", async (t) => {
  const engine = await countingEngine();
  t.after(engine.stop);
  const { events } = await engine.cost(chain("test.pure", 1_000));
  assert.equal(events, 2_002);
  assert.ok(engine.largest() <= 502, `${engine.largest()} events at once`);
});
