// Whether what has ended goes in time, what stays of it, and what is told of it then.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusReply } from "../../../engine/api.ts";
import { KEEP_ALL } from "../../../engine/retention/policy.ts";
import { openTestEngine, pass, settle, type TestEngine } from "../../support/test-engine.ts";

const DAY = 24 * 3_600_000;
const SWEEP = 11 * 60_000;

const echo = [{ id: "a", action: "test.echo", params: { n: 1 } }];

async function ended(engine: TestEngine, more: { key?: string; params?: object } = {}) {
  await engine.define("w", echo);
  const { workflow_id } = await engine.opcode.run({
    template_name: "w",
    agent_id: "test",
    wait_ms: 10,
    ...(more.key && { idempotency_key: more.key }),
  });
  await settle();
  return workflow_id;
}

/** So many ms later, with the sweeps that came meanwhile. */
async function later(engine: TestEngine, ms: number) {
  await pass(engine, ms);
  await sweeps(engine);
}

async function sweeps(engine: TestEngine) {
  for (let i = 0; i < 20; i++) await pass(engine, 100);
}

async function isThere(engine: TestEngine, id: string) {
  return await engine.store.runHead(id) !== null;
}

test("runs go some time after they have ended, the newest and those that go on never", async () => {
  const engine = await openTestEngine({ retention: { ...KEEP_ALL, terminalMs: DAY } });
  const old = await ended(engine);
  await engine.define("waits", [{ id: "b", action: "test.external" }]);
  const open = await engine.opcode.run({
    template_name: "waits",
    agent_id: "test",
    wait_ms: 0,
  });
  await engine.called("b");
  await later(engine, DAY / 2);
  assert.ok(await isThere(engine, old));
  const young = await ended(engine);
  await later(engine, DAY / 2 + SWEEP);
  assert.ok(!await isThere(engine, old));
  assert.ok(await isThere(engine, young));
  assert.equal((await engine.opcode.status(open.workflow_id)).status, "active");
  await later(engine, 10 * DAY);
  await later(engine, SWEEP);
  assert.ok(await isThere(engine, young), "the newest event is one of its");
  (await engine.called("b")).resolve(null);
  await settle();
  await engine.opcode.stop();
});

test("of more ended runs than may stay the oldest go", async () => {
  const engine = await openTestEngine({ retention: { ...KEEP_ALL, maxRuns: 2 } });
  const ids = [];
  for (let i = 0; i < 5; i++) ids.push(await ended(engine));
  await later(engine, SWEEP);
  const there = await Promise.all(ids.map((id) => isThere(engine, id)));
  assert.deepEqual(there, [false, false, false, true, true]);
  await engine.opcode.stop();
});

test("the time of a sweep is stored, and one process of several sweeps", async () => {
  const engine = await openTestEngine({ retention: { ...KEEP_ALL, maxRuns: 1 } });
  const timers = async ({ store }: TestEngine) => (await store.dueTimers(2 ** 50, 10)).timers;
  await settle();
  const [first] = await timers(engine);
  assert.deepEqual([first!.runId, first!.key], [null, "sweep:runs"]);
  await later(engine, SWEEP);
  const [next, ...others] = await timers(engine);
  assert.deepEqual(others, []);
  assert.ok(next!.dueAt > first!.dueAt);
  const again = await engine.crash();
  await ended(again);
  await ended(again);
  await later(again, SWEEP);
  await ended(again);
  assert.equal((await timers(again)).length, 1);
  await again.opcode.stop();
});

test("who keeps everything has no timer, and is told what is missing when pruning", async () => {
  const engine = await openTestEngine({});
  await settle();
  assert.deepEqual((await engine.store.dueTimers(2 ** 50, 10)).timers, []);
  await assert.rejects(engine.opcode.prune({}), /older_than: is required, or max_runs/);
  for (const older_than of ["", "soon", "1", "-1d", "30 days"]) {
    await assert.rejects(engine.opcode.prune({ older_than }), /older_than: must/);
  }
  for (const max_runs of [0, -1, 1.5]) {
    await assert.rejects(engine.opcode.prune({ max_runs }), /max_runs: must/);
  }
  await engine.opcode.stop();
});

/** A run of which another one was forked, both old, and the fork kept. */
async function withTombstone() {
  const engine = await openTestEngine({});
  const source = await ended(engine);
  await pass(engine, 10 * DAY);
  const fork = await engine.opcode.run({
    from_run: source,
    from_step: "a",
    agent_id: "test",
    wait_ms: 10,
  });
  await settle();
  const pruning = engine.opcode.prune({ older_than: "5d" });
  await sweeps(engine);
  return { engine, source, fork: fork.workflow_id, reply: await pruning };
}

test("a run that a fork refers to leaves how it ended, and says so wherever it is met", async () => {
  const { engine, source, fork, reply } = await withTombstone();
  assert.deepEqual([reply.runs, reply.emptied_runs], [0, 1]);
  assert.ok(reply.events > 0);
  const { opcode } = engine;
  const status: StatusReply = await opcode.status(source);
  assert.equal(status.status, "completed");
  assert.match(status.removed_at!, /^\d{4}-/);
  assert.deepEqual([status.steps, status.events, status.output], [{}, [], undefined]);
  assert.equal((await opcode.status(fork)).forked_from!.workflow_id, source);
  const { rows } = await opcode.query({ resource: "workflows", filter: { id: source } });
  assert.equal(rows[0]!.removed_at, status.removed_at);
  assert.equal(rows[0]!.input_params, undefined);
  const { rows: events } = await opcode.query({
    resource: "events",
    filter: { workflow_id: source },
  });
  assert.deepEqual(events, []);
  const { diagram } = await opcode.diagram({ workflow_id: source });
  assert.doesNotMatch(diagram, /:::pending/);
  const gone = { code: "CONFLICT", message: /retention has removed its steps and values at/ };
  const fork_ = { from_run: source, from_step: "a", agent_id: "test" };
  await assert.rejects(opcode.run(fork_), gone);
  for (const signal_type of ["retry", "skip", "cancel"] as const) {
    const signal = { workflow_id: source, signal_type, agent_id: "test", step_id: "a" };
    const { step_id: _, ...whole } = signal;
    await assert.rejects(opcode.signal(signal_type === "cancel" ? whole : signal), gone);
  }
  await opcode.stop();
});

test("the tombstone goes with the last one that refers to it", async () => {
  const { engine, source, fork } = await withTombstone();
  await pass(engine, 10 * DAY);
  await ended(engine);
  const pruning = engine.opcode.prune({ older_than: "5d" });
  await sweeps(engine);
  assert.deepEqual((await pruning).runs, 2);
  assert.deepEqual([await isThere(engine, source), await isThere(engine, fork)], [false, false]);
  await engine.opcode.stop();
});

test("a key that is given again within a week answers the run that had it", async () => {
  const engine = await openTestEngine({});
  const first = await ended(engine, { key: "once" });
  await pass(engine, 2 * DAY);
  await ended(engine);
  const prune = async () => {
    const pruning = engine.opcode.prune({ older_than: "1d" });
    await sweeps(engine);
    return await pruning;
  };
  assert.deepEqual((await prune()).emptied_runs, 1);
  const again = await engine.opcode.run({
    template_name: "w",
    agent_id: "test",
    idempotency_key: "once",
  });
  assert.deepEqual([again.workflow_id, again.replayed], [first, true]);
  assert.match(again.removed_at!, /^\d{4}-/);
  await pass(engine, 6 * DAY);
  await ended(engine);
  assert.equal((await prune()).runs >= 1, true);
  assert.ok(!await isThere(engine, first));
  await engine.opcode.stop();
});

test("a dry run removes nothing and tells what a run would", async () => {
  const engine = await openTestEngine({});
  for (let i = 0; i < 3; i++) await ended(engine);
  const { events } = await engine.opcode.prune({ max_runs: 1, dry_run: true });
  const pruning = engine.opcode.prune({ max_runs: 1 });
  await sweeps(engine);
  const reply = await pruning;
  assert.deepEqual([reply.runs, reply.events], [2, events]);
  await engine.opcode.stop();
});

test("a stop ends a sweep after the piece that is under way", async () => {
  const engine = await openTestEngine({});
  for (let i = 0; i < 3; i++) await ended(engine);
  const pruning = engine.opcode.prune({ max_runs: 1 });
  await engine.opcode.stop();
  await sweeps(engine);
  const reply = await pruning.catch(() => ({ stopped: true }));
  assert.equal(reply.stopped, true);
  await assert.rejects(engine.opcode.prune({ max_runs: 1 }), /stopping/);
});

test("a run that a schedule's history names leaves how it ended, until that is told no more", async () => {
  const engine = await openTestEngine({ retention: { ...KEEP_ALL, firesMs: 20 * DAY } });
  await engine.define("w", echo);
  await engine.opcode.schedules.create({
    name: "daily",
    template_name: "w",
    cron: "0 0 * * *",
    agent_id: "test",
    max_runs: 1,
  });
  await later(engine, DAY);
  const told = async () => (await engine.opcode.schedules.fires("daily")).fires;
  const [fire] = await told();
  assert.equal(fire!.status, "completed");
  const id = fire!.workflow_id as string;
  await later(engine, 5 * DAY);
  await ended(engine);
  const prune = async () => {
    const pruning = engine.opcode.prune({ older_than: "2d" });
    await sweeps(engine);
    return await pruning;
  };
  const { runs, emptied_runs } = await prune();
  assert.deepEqual([runs, emptied_runs], [0, 1]);
  assert.deepEqual(await told(), [fire]);
  assert.match((await engine.opcode.status(id)).removed_at!, /^\d{4}-/);
  // Of a schedule that is there the newest stay, whatever their age.
  await later(engine, 30 * DAY);
  assert.equal((await told()).length, 1);
  await engine.opcode.schedules.remove("daily");
  await later(engine, SWEEP);
  await ended(engine);
  assert.equal((await prune()).runs >= 1, true);
  assert.ok(!await isThere(engine, id));
  await engine.opcode.stop();
});

test("another policy holds from the next sweep on, also where everything was kept before", async () => {
  const engine = await openTestEngine({ retention: KEEP_ALL });
  const old = await ended(engine);
  await ended(engine);
  await later(engine, 2 * DAY);
  assert.ok(await isThere(engine, old));
  engine.opcode.retune({ poolSize: 1, retention: { ...KEEP_ALL, terminalMs: DAY } });
  await later(engine, SWEEP);
  assert.ok(!await isThere(engine, old));
});
