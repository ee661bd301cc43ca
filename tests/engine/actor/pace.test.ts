// Whether runs that compute much leave room for others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Pace } from "../../../engine/actor/pace.ts";
import { Presence } from "../../../engine/actor/presence.ts";
import { echo, loop } from "../../support/steps.ts";
import { openTestEngine, TestClock } from "../../support/test-engine.ts";

/** A clock by which everything that looks at it takes 6 ms. */
class SlowClock extends TestClock {
  #elapsed = 0;

  override monotonic(): number {
    return this.#elapsed += 6;
  }
}

function paceOf(
  clock: TestClock,
  slices: (() => void)[],
  settled?: (run: () => void) => void,
): Pace {
  const presence = new Presence(clock);
  return new Pace({
    clock,
    presence,
    soon: (run) => slices.push(run),
    ...(settled && { settled }),
  });
}

test("a turn ends by its time, however few events it has and wherever it stands", async () => {
  const shapes = [
    [loop("l", { mode: "while", condition: "true", max_iter: 40 }, [echo("b")])],
    [echo("z"), loop("l", { mode: "while", condition: "true", max_iter: 40 }, [echo("b")])],
    Array.from({ length: 40 }, (_, i) => echo(`s${i}`, {}, { condition: "1 > 2" })),
  ];
  for (const steps of shapes) {
    const engine = await openTestEngine({ clock: new SlowClock() });
    let largest = 0;
    const commit = engine.store.commit.bind(engine.store);
    engine.store.commit = (batch) => {
      for (const { events } of batch) largest = Math.max(largest, events.length);
      return commit(batch);
    };
    assert.equal((await engine.run(steps)).status, "completed");
    assert.ok(largest <= 12, `${largest} events in one turn`);
  }
});

test("calls that are due together come in order, in slices", () => {
  const slices: (() => void)[] = [];
  const pace = paceOf(new SlowClock(), slices);
  const soon = (run: () => void) => pace.soon({ agent: "a", run: "r" }, run);
  const called: string[] = [];
  for (const name of ["a", "b", "c"]) {
    soon(() => {
      called.push(name);
      soon(() => called.push(`${name} again`));
    });
  }
  const lengths: number[] = [];
  while (slices.length > 0) {
    slices.shift()!();
    lengths.push(called.length);
  }
  assert.deepEqual(called, ["a", "b", "c", "a again", "b again", "c again"]);
  assert.deepEqual(lengths, [2, 4, 6]);
});

test("a call that throws keeps no other from being made", () => {
  const slices: (() => void)[] = [];
  const pace = paceOf(new TestClock(), slices);
  const soon = (run: () => void) => pace.soon({ agent: "a", run: "r" }, run);
  let called = false;
  soon(() => {
    throw new Error("first");
  });
  soon(() => called = true);
  assert.throws(slices.shift()!, /first/);
  slices.shift()!();
  assert.ok(called);
});

test("agents take turns, however many runs one has", () => {
  const slices: (() => void)[] = [];
  const pace = paceOf(new TestClock(), slices);
  const called: string[] = [];
  for (let run = 0; run < 100; run++) {
    pace.soon({ agent: "many", run: `${run}` }, () => called.push("many"));
  }
  pace.soon({ agent: "one", run: "0" }, () => called.push("one"));
  while (slices.length > 0) slices.shift()!();
  assert.equal(called.indexOf("one"), 1);
  assert.equal(called.length, 101);
});

test("requests are served at once, and in turns by agent while several agents are at work", async () => {
  const slices: (() => void)[] = [];
  const clock = new TestClock();
  const pace = paceOf(clock, slices);
  const served: string[] = [];
  const ask = (agent: string) => pace.request(agent, async () => void served.push(agent));
  ask("many");
  ask("many");
  assert.deepEqual(served.splice(0), ["many", "many"]);
  const asked = ["other", ...Array(100).fill("many"), "one"].map(ask);
  assert.deepEqual(served, []);
  while (served.length < asked.length) {
    const before: number = served.length;
    slices.shift()!();
    await new Promise(setImmediate);
    assert.equal(served.length, before + 1, "one in each turn of the event loop");
  }
  assert.deepEqual(served.slice(0, 4), ["other", "many", "one", "many"]);
  await Promise.all(asked);
});

/** One that has served two agents, whose requests take 10 ms each of the agent `slow`. */
async function servingSlow() {
  const slices: (() => void)[] = [];
  const clock = new TestClock();
  const settled: (() => void)[] = [];
  const pace = paceOf(clock, slices, (run) => settled.push(run));
  const served: string[] = [];
  const ask = (agent: string) =>
    pace.request(agent, async () => {
      if (agent === "slow") clock.advance(10);
      served.push(agent);
    });
  const end = (agent: string, ms = 0) =>
    pace.request(agent, async () => {
      clock.advance(ms);
      served.push(`end of ${agent}`);
    }, "ends");
  const go = async () => {
    while (slices.length > 0) {
      slices.shift()!();
      await new Promise(setImmediate);
      for (const run of settled.splice(0)) run();
    }
    return served.splice(0);
  };
  await Promise.all([ask("slow"), ask("quick")].map((asked, i) => i === 0 ? asked : undefined));
  await go();
  return { clock, pace, ask, end, go };
}

test("an agent whose request took long lets the others go first, three times as long", async () => {
  const { clock, pace, ask, go } = await servingSlow();
  void Promise.all([ask("slow"), ask("slow"), ask("quick")]);
  assert.deepEqual(await go(), ["slow", "quick"]);
  void ask("quick");
  assert.deepEqual(await go(), ["quick"]);
  let turns = 0;
  pace.soon({ agent: "slow", run: "r" }, () => turns++);
  await go();
  assert.equal(turns, 1, "its runs go on");
  clock.advance(29);
  assert.deepEqual(await go(), []);
  clock.advance(1);
  assert.deepEqual(await go(), ["slow"]);
});

test("what ends work waits for no rest of other requests of its agent, and behind none of them", async () => {
  const { clock, ask, end, go } = await servingSlow();
  void Promise.all([ask("slow"), ask("slow"), ask("slow")]);
  assert.deepEqual(await go(), ["slow"]);
  void end("slow");
  assert.deepEqual(await go(), ["end of slow"]);
  clock.advance(30);
  void end("slow");
  assert.deepEqual(await go(), ["slow", "end of slow"], "one of each in turn");
  void Promise.all([end("slow", 10), end("slow"), ask("quick")]);
  assert.deepEqual(await go(), ["end of slow", "quick"], "it rests for what took long itself");
  clock.advance(30);
  assert.deepEqual((await go()).toSorted(), ["end of slow", "slow"]);
});

test("a cancel is served while its agent rests from a flood of its own", async () => {
  const clock = new TestClock();
  const { opcode, store, define } = await openTestEngine({ clock });
  await define("waits", [{ id: "w", type: "wait", config: { signal: "go" } }]);
  const run = (agent_id: string) =>
    opcode.run({ agent_id, template_name: "waits", version: "latest", wait_ms: 0 });
  const [{ workflow_id }] = await Promise.all([run("flood"), run("other")]);
  const slow = {
    agent_id: "flood",
    name: "slow",
    get definition() {
      clock.advance(100);
      return { steps: [echo("a")] };
    },
  };
  await opcode.define(slow as never);
  let started = false;
  const waiting = run("flood").then(() => started = true);
  const asked = { agent_id: "flood", workflow_id, signal_type: "cancel" } as const;
  const reply = await Promise.race([opcode.signal(asked), waiting]);
  assert.equal((reply as { status: string }).status, "cancelled");
  assert.equal(started, false, "other requests rest");
  assert.equal((await store.runHead(workflow_id))!.status, "cancelled");
  clock.advance(500);
  await waiting;
});

test("nobody rests once all that waits is to be done", async () => {
  const { pace, ask, go } = await servingSlow();
  void Promise.all([ask("slow"), ask("slow")]);
  assert.deepEqual(await go(), ["slow"]);
  let passed = false;
  void pace.passed().then(() => passed = true);
  assert.deepEqual(await go(), ["slow"]);
  assert.ok(passed);
});

test("passed resolves when what is in line has been called, and does not wait for what comes", async () => {
  const slices: (() => void)[] = [];
  const pace = paceOf(new SlowClock(), slices);
  const called: string[] = [];
  const endless = (agent: string) => {
    called.push(agent);
    if (called.length < 1_000) pace.soon({ agent, run: "r" }, () => endless(agent));
  };
  for (const agent of ["a", "b", "c"]) pace.soon({ agent, run: "r" }, () => endless(agent));
  let passed = false;
  const waiting = pace.passed().then(() => passed = true);
  while (!passed) {
    slices.shift()!();
    await Promise.resolve();
  }
  await waiting;
  assert.deepEqual(called.slice(0, 3), ["a", "b", "c"]);
  assert.ok(called.length < 10, `${called.length} calls`);
  while (slices.length > 0) slices.shift()!();
  const idle = pace.passed();
  while (slices.length > 0) slices.shift()!();
  await idle;
});

test("several agents are at work for a second after work went from one to another", () => {
  const clock = new TestClock();
  const presence = new Presence(clock);
  presence.note("a");
  clock.advance(5);
  presence.note("a");
  assert.equal(presence.several, false);
  presence.note("b");
  assert.equal(presence.several, true);
  clock.advance(999);
  assert.equal(presence.several, true);
  clock.advance(1);
  assert.equal(presence.several, false);
  presence.note("a");
  assert.equal(presence.several, true);
});
