// Whether the journal holds actors back while much is uncommitted, and how much goes into one commit.

import assert from "node:assert/strict";
import { it } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLogger } from "../../core/log.ts";
import { Journal } from "../../engine/journal/journal.ts";
import { createMemoryStore } from "../support/memory-store.ts";
import { TestClock } from "../support/test-engine.ts";
import { decisionRow, event, handOver, run, runUpdate, templateRow } from "../support/rows.ts";

const text = "x".repeat(16 * 1024 * 1024);
const large = {
  "an event's payload": { events: [event(1, 1, { payload: text })] },
  "a run's params": { creates: [run(1, { params: text })] },
  "a decision's options": { decisions: [decisionRow(1, 1, { options: text })] },
  "a definition": { templates: [templateRow("a", 1, { definition: text })] },
};

for (const [what, rows] of Object.entries(large)) {
  it(`is pressed by ${what} until it is committed`, async () => {
    const store = createMemoryStore({ hold: true });
    const journal = new Journal({
      store,
      clock: systemClock,
      log: silentLogger,
      several: () => false,
      soon: (run) => run(),
      published() {},
    });
    assert.equal(journal.presses("a"), false);
    const committed = new Promise((done) => journal.submit(handOver(rows), done, "a"));
    assert.equal(journal.presses("a"), true);
    // Who has nothing in it is not held back by others.
    assert.equal(journal.presses("b"), false);
    const relieved = new Promise<void>((resume) => journal.onRelief(resume));
    store.step();
    await Promise.all([committed, relieved]);
    assert.equal(journal.presses("a"), false);
  });
}

it("lets a few of many go on at once when the pressure has gone, and the others after them", async () => {
  const store = createMemoryStore({ hold: true });
  const soon: (() => void)[] = [];
  const journal = new Journal({
    store,
    clock: systemClock,
    log: silentLogger,
    several: () => false,
    soon: (run) => soon.push(run),
    published() {},
  });
  const done = new Promise((done) =>
    journal.submit(handOver(large["an event's payload"]), done, "a")
  );
  let resumed = 0;
  const all = new Promise<void>((resolve) => {
    for (let i = 0; i < 1_000; i++) journal.onRelief(() => ++resumed === 1_000 && resolve());
  });
  for (const run of soon.splice(0)) run();
  store.step();
  await done;
  assert.ok(resumed > 0 && resumed < 100, `${resumed} at once`);
  while (soon.length > 0) for (const run of soon.splice(0)) run();
  await all;
});

it("ends a commit by its size, and by a smaller one while another agent waits for it", async () => {
  const store = createMemoryStore({ hold: true });
  const sizes: number[] = [];
  const commit = store.commit.bind(store);
  store.commit = (batch) => {
    sizes.push(batch.length);
    return commit(batch);
  };
  const journal = new Journal({
    store,
    clock: systemClock,
    log: silentLogger,
    // As of an agent that has waited so long for a commit that nothing was heard of it lately.
    several: () => false,
    soon: setImmediate,
    published() {},
  });
  let runNo = 0;
  const submit = (agent: string) =>
    new Promise<void>((done) => {
      const creates = [run(++runNo, { params: "x".repeat(10_000) })];
      journal.submit(handOver({ creates }), () => done(), agent);
    });
  const many = Array.from({ length: 200 }, () => submit("many"));
  await new Promise(setImmediate);
  const few = submit("few");
  let over = false;
  void Promise.all([...many, few]).then(() => over = true);
  while (!over) {
    store.step();
    await new Promise(setImmediate);
  }
  // The first was under way; the second has a piece of each agent's.
  assert.ok(sizes[0]! > 40 && sizes[0]! < 60, `${sizes}`);
  assert.ok(sizes[1]! <= 2, `${sizes}`);
  assert.ok(Math.max(...sizes) < 60, `${sizes}`);
});

/** A journal whose commits take 10 ms once they are of more than 20,000 bytes. */
function slowForLarge() {
  const clock = new TestClock();
  const store = createMemoryStore();
  const commit = store.commit.bind(store);
  store.commit = async (batch) => {
    const results = await commit(batch);
    if (batch.some(({ creates: [first] }) => first && first.params.length > 20_000)) {
      clock.advance(10);
    }
    return results;
  };
  const journal = new Journal({
    store,
    clock,
    log: silentLogger,
    several: () => true,
    soon: setImmediate,
    published() {},
  });
  let runNo = 0;
  const stored: string[] = [];
  const submit = (agent: string, bytes: number) => {
    const creates = [run(++runNo, { params: "x".repeat(bytes) })];
    journal.submit(handOver({ creates }), () => stored.push(agent), agent);
  };
  const settled = async () => {
    for (let i = 0; i < 10; i++) await new Promise(setImmediate);
    return stored.splice(0);
  };
  return { clock, journal, stored, submit, settled };
}

it("lets the others' commits go first after a large one that took long, and stores it at the end", async () => {
  const { clock, journal, stored, submit, settled } = slowForLarge();
  submit("large", 50_000);
  submit("large", 50_000);
  submit("small", 10);
  assert.deepEqual(await settled(), ["small", "large"]);
  submit("small", 10);
  assert.deepEqual(await settled(), ["small"]);
  clock.advance(30);
  assert.deepEqual(await settled(), ["large"]);
  submit("large", 50_000);
  assert.deepEqual(await settled(), []);
  journal.stop();
  await journal.drained();
  assert.deepEqual(stored, ["large"], "nobody rests when all is to be stored");
});

it("lets no agent rest while the end of one of its runs waits to be stored, which keeps its place", async () => {
  const { journal, stored, submit, settled } = slowForLarge();
  for (let i = 0; i < 3; i++) submit("large", 50_000);
  submit("small", 10);
  assert.deepEqual(await settled(), ["small", "large"]);
  const updates = [runUpdate(1, { status: "cancelled" })];
  journal.submit(handOver({ updates }), () => stored.push("end"), "large");
  assert.deepEqual(await settled(), ["large", "large", "end"]);
  submit("large", 50_000);
  assert.deepEqual(await settled(), [], "then it rests again");
});
