// Whether the times of schedules become runs, each once: on time, late, one after the other, over crashes.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { emptyHandOver, type FireRow } from "../../../engine/store/store.ts";
import {
  openTestEngine,
  pass,
  payloadsOf,
  settle,
  type TestEngine,
} from "../../support/test-engine.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ECHO = [{ id: "a", action: "test.echo", params: {} }];
const LONG = [{ id: "a", action: "test.external" }];

/** An engine whose clock stands at a full hour, with a template and a schedule of it each hour. */
async function open(
  steps: JsonObject[],
  terms: JsonObject = {},
): Promise<TestEngine> {
  const engine = await openTestEngine();
  engine.clock.advance(HOUR - engine.clock.now() % HOUR);
  await settle();
  await engine.define("w", steps);
  await engine.opcode.schedules.create({
    ...{ name: "hourly", template_name: "w", cron: "0 * * * *", agent_id: "test" },
    ...terms,
  });
  return engine;
}

const schedule = (engine: TestEngine) => engine.opcode.schedules.get("hourly");

test("one that has ended is not paused, and a run of it says that it is beyond the end", async () => {
  const engine = await open(ECHO, { max_runs: 1 });
  await pass(engine, HOUR);
  const { schedules } = engine.opcode;
  const { status, reason } = await schedule(engine);
  assert.equal(status, "ended");
  await assert.rejects(schedules.update("hourly", { enabled: false }), {
    code: "INVALID_TRANSITION",
    message: `cannot pause "hourly", which has ended: ${reason}`,
  });
  assert.deepEqual((await schedule(engine)).status, "ended");
  assert.equal((await schedules.run("hourly")).hint, `beyond its end: ${reason}`);
  const more = await schedules.update("hourly", { max_runs: 3, enabled: false });
  assert.equal(more.status, "paused");
  assert.equal((await schedules.run("hourly")).hint, undefined);
});

/** `cause outcome status reason` of each time, the first first. */
async function fires(engine: TestEngine): Promise<string[]> {
  const { fires } = await engine.opcode.schedules.fires("hourly");
  return fires.reverse().map(({ cause, outcome, status = "", reason = "" }) =>
    `${cause} ${outcome} ${status}${reason}`.trim()
  );
}

test("a run begins at each time, says what for, and its outcome is told", async () => {
  const engine = await open(ECHO);
  const [first] = (await schedule(engine)).next_times as string[];
  await pass(engine, HOUR - 1);
  assert.deepEqual(await fires(engine), []);
  await pass(engine, 1);
  assert.deepEqual(await fires(engine), ["cron started completed"]);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.equal(rows.length, 1);
  assert.deepEqual(await payloadsOf(engine, rows[0]!.id as string, "workflow_started"), [
    { schedule: "hourly", cause: "cron", due_at: first },
  ]);
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  assert.equal((await schedule(engine)).runs, 4);
});

test("a run that fails is told as failed, and five of them as a schedule that fails", async () => {
  const engine = await open([{ id: "a", action: "test.fail" }]);
  for (let hour = 0; hour < 4; hour++) await pass(engine, HOUR);
  assert.equal((await schedule(engine)).failing, undefined);
  await pass(engine, HOUR);
  const report = await schedule(engine);
  assert.equal(report.failing, true);
  assert.deepEqual(await fires(engine), Array(5).fill("cron started failed"));
});

test("neither a time that is skipped nor a run under way ends that a schedule fails; one that completes does", async () => {
  const engine = await open([
    { id: "a", action: "test.external" },
    { id: "b", action: "test.fail", depends_on: ["a"] },
  ]);
  for (let run = 0; run < 5; run++) {
    for (let hour = 0; hour < 2; hour++) await pass(engine, HOUR);
    assert.equal((await schedule(engine)).failing, undefined);
    (await engine.called("a")).resolve(null);
    await settle();
  }
  assert.deepEqual((await fires(engine)).slice(0, 2), [
    "cron started failed",
    "cron skipped overlap",
  ]);
  assert.equal((await schedule(engine)).failing, true);
  await pass(engine, HOUR);
  assert.deepEqual((await fires(engine)).at(-1), "cron started active");
  assert.equal((await schedule(engine)).failing, true);
  assert.equal(((await schedule(engine)).last_fires as []).length, 5);
  (await engine.called("a")).resolve(null);
  await settle();
  await engine.define("w", ECHO);
  await pass(engine, HOUR);
  assert.equal((await schedule(engine)).failing, undefined);
});

test("a run that cannot begin is told with its error, and the next one is not kept from it", async () => {
  const engine = await open(ECHO);
  await engine.define("w", ECHO, {
    template: { input_schema: { type: "object", required: ["who"] } },
  });
  await pass(engine, HOUR);
  const { fires: [fire] } = await engine.opcode.schedules.fires("hourly");
  assert.equal(fire!.outcome, "failed");
  assert.match((fire!.error as JsonObject).message as string, /params.who: is required/);
  await engine.define("w", ECHO);
  await pass(engine, HOUR);
  assert.deepEqual((await fires(engine))[1], "cron started completed");
});

test("a run that is under way lets the next time be skipped", async () => {
  const engine = await open(LONG);
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  (await engine.called("a")).resolve(null);
  await settle();
  await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), [
    "cron started completed",
    "cron skipped overlap",
    "cron skipped overlap",
    "cron started active",
  ]);
});

test("a run that may wait begins as soon as the one before it is over, and one alone waits", async () => {
  const engine = await open(LONG, { overlap: "queue" });
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), [
    "cron started active",
    "cron queued",
    "cron skipped overlap",
  ]);
  (await engine.called("a")).resolve(null);
  await settle();
  assert.deepEqual((await fires(engine)).slice(0, 2), [
    "cron started completed",
    "cron started active",
  ]);
  assert.equal((await schedule(engine)).runs, 2);
});

test("a run that waits begins also when the process that let it wait is gone", async () => {
  let engine = await open([{ id: "a", type: "wait", config: { duration: "90m" } }], {
    overlap: "queue",
  });
  for (let hour = 0; hour < 2; hour++) await pass(engine, HOUR);
  engine = await engine.crash();
  assert.deepEqual(await fires(engine), ["cron started suspended", "cron queued"]);
  await pass(engine, 31 * MINUTE);
  await pass(engine, MINUTE);
  assert.deepEqual(await fires(engine), ["cron started completed", "cron started suspended"]);
});

test("runs may be side by side", async () => {
  const engine = await open(LONG, { overlap: "allow" });
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), Array(3).fill("cron started active"));
});

for (const catch_up of ["none", "one", "all"] as const) {
  test(`times that no process was there for: catch up with ${catch_up}`, async () => {
    let engine = await open(ECHO, { catch_up, overlap: "allow" });
    engine.opcode.stop();
    engine.clock.advance(3.5 * HOUR);
    engine = await engine.crash();
    await pass(engine, 1);
    for (let turn = 0; turn < 5; turn++) await pass(engine, 1);
    const wanted = {
      none: ["missed skipped missed"],
      one: ["missed skipped missed", "missed started completed"],
      all: Array(3).fill("missed started completed"),
    };
    assert.deepEqual(await fires(engine), wanted[catch_up]);
    await pass(engine, 30 * MINUTE);
    assert.deepEqual((await fires(engine)).at(-1), "cron started completed");
  });
}

test("one that is paused starts nothing, and what passed meanwhile is not made up for", async () => {
  const engine = await open(ECHO);
  const { schedules } = engine.opcode;
  assert.equal((await schedules.update("hourly", { enabled: false })).status, "paused");
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), []);
  await pass(engine, 10 * MINUTE);
  const resumed = await schedules.update("hourly", { enabled: true });
  assert.equal(resumed.status, "active");
  await pass(engine, 10 * MINUTE);
  assert.deepEqual(await fires(engine), []);
  await pass(engine, 40 * MINUTE);
  assert.deepEqual(await fires(engine), ["cron started completed"]);
});

test("one with another expression counts from now on", async () => {
  const engine = await open(ECHO);
  await engine.opcode.schedules.update("hourly", { cron: "30 * * * *" });
  await pass(engine, 30 * MINUTE);
  await pass(engine, 30 * MINUTE);
  assert.deepEqual(await fires(engine), ["cron started completed"]);
});

test("one ends by itself after so many runs, and at its end", async () => {
  const engine = await open(ECHO, { max_runs: 2 });
  assert.equal(((await schedule(engine)).next_times as []).length, 2);
  for (let hour = 0; hour < 4; hour++) await pass(engine, HOUR);
  const report = await schedule(engine);
  assert.deepEqual([report.status, report.runs, report.next_times], ["ended", 2, []]);
  assert.match(report.reason as string, /max_runs/);
});

test("one whose stored expression has turned bad is stopped with the reason, and no other is", async () => {
  let engine = await open(ECHO);
  await engine.opcode.schedules.create({
    ...{ name: "other", template_name: "w", cron: "0 * * * *", agent_id: "test" },
  });
  const row = (await engine.store.scheduleByName("hourly"))!;
  const bad = { ...row, cron: "0 0 30 2 *" };
  const { emptyHandOver } = await import("../../../engine/store/store.ts");
  await engine.store.commit([{
    ...emptyHandOver(),
    scheduling: { removed: [], schedules: [bad], fires: [] },
  }]);
  engine = await engine.crash();
  await pass(engine, HOUR);
  const report = await schedule(engine);
  assert.equal(report.status, "invalid");
  assert.match(report.reason as string, /cannot be read any more: never comes/);
  const others = await engine.opcode.schedules.fires("other");
  assert.equal(others.fires.length, 1);
});

test("a run that somebody asks for begins at once, also of one that is paused", async () => {
  const engine = await open(ECHO, { enabled: false });
  const { workflow_id } = await engine.opcode.schedules.run("hourly");
  assert.equal((await engine.opcode.status(workflow_id as string)).template_name, "w");
  await engine.opcode.schedules.run("hourly");
  await settle();
  assert.deepEqual(await fires(engine), Array(2).fill("manual started completed"));
  assert.equal((await schedule(engine)).runs, 0);
});

test("times of the past get their runs when somebody asks, each once", async () => {
  const engine = await open(ECHO);
  await pass(engine, HOUR);
  const now = engine.clock.now();
  const iso = (ms: number) => new Date(ms).toISOString();
  const asked = { from: iso(now - 3 * HOUR), to: iso(now) };
  const { schedules } = engine.opcode;
  const dry = await schedules.backfill("hourly", { ...asked, dry_run: true });
  assert.deepEqual([dry.had_runs, (dry.times as string[]).length], [1, 3]);
  assert.equal((await fires(engine)).length, 1);
  const reply = await schedules.backfill("hourly", asked);
  assert.equal((reply.fires as JsonObject[]).length, 3);
  await settle();
  assert.deepEqual(await fires(engine), [
    ...Array(3).fill("backfill started completed"),
    "cron started completed",
  ]);
  assert.deepEqual((await schedules.backfill("hourly", asked)).fires, []);
  const future = { from: asked.to, to: iso(now + HOUR) };
  await assert.rejects(schedules.backfill("hourly", future), /to: must not be in the future/);
  const long = { from: iso(now - 200 * HOUR), to: iso(now) };
  await assert.rejects(schedules.backfill("hourly", long), /more than 100 times/);
});

test("a backfill of long ago knows the runs of then, however many times there were since", async () => {
  const engine = await open(ECHO);
  const { schedules } = engine.opcode;
  const { id } = await schedule(engine) as { id: string };
  const now = engine.clock.now();
  const from = now - 3_000 * HOUR;
  const rowOf = (dueAt: number, cause: FireRow["cause"]): FireRow => ({
    ...{ scheduleId: id, dueAt, cause, at: dueAt },
    ...{ runNo: null, outcome: "started", detail: null },
  });
  // Each hour had its run, and in the first somebody asked for a thousand more.
  const fires = [
    ...Array.from({ length: 3_000 }, (_, hour) => rowOf(from + hour * HOUR, "cron")),
    ...Array.from({ length: 1_001 }, (_, n) => rowOf(from + HOUR + 1 + n, "manual")),
  ];
  await engine.store.commit([
    { ...emptyHandOver(), scheduling: { removed: [], schedules: [], fires } },
  ]);
  const iso = (ms: number) => new Date(ms).toISOString();
  const asked = { from: iso(from), to: iso(from + 9 * HOUR) };
  assert.deepEqual(await schedules.backfill("hourly", asked), {
    ...{ schedule: "hourly", had_runs: 10, fires: [] },
  });
});

test("a backfill that breaks off tells of the runs that have begun, and why", async () => {
  const engine = await open(ECHO);
  const { schedules, subscribe } = engine.opcode;
  const now = engine.clock.now();
  const iso = (ms: number) => new Date(ms).toISOString();
  let removal: Promise<unknown> | undefined;
  const unsubscribe = subscribe(() => removal ??= schedules.remove("hourly"));
  const reply = await schedules.backfill("hourly", { from: iso(now - 50 * HOUR), to: iso(now) });
  unsubscribe();
  await removal;
  await settle();
  const begun = (reply.fires as JsonObject[]).map(({ workflow_id }) => workflow_id);
  assert.ok(begun.length > 0 && begun.length < 50, `${begun.length}`);
  assert.deepEqual((reply.broken_off as JsonObject).code, "NOT_FOUND");
  const { rows } = await engine.opcode.query({ resource: "workflows", filter: { limit: 100 } });
  assert.deepEqual(rows.map(({ id }) => id).sort(), begun.sort());
  const past = { from: iso(now - 50 * HOUR), to: iso(now) };
  await assert.rejects(schedules.backfill("hourly", past), { code: "NOT_FOUND" });
});

test("one that is taken away starts nothing any more, and its name is free", async () => {
  const engine = await open(ECHO);
  const { schedules } = engine.opcode;
  await schedules.remove("hourly");
  await pass(engine, HOUR);
  await assert.rejects(schedules.get("hourly"), /schedule "hourly" not found/);
  const { rows } = await engine.opcode.query({ resource: "workflows" });
  assert.deepEqual(rows, []);
  await schedules.create({
    ...{ name: "hourly", template_name: "w", cron: "0 * * * *", agent_id: "test" },
  });
  assert.deepEqual(await fires(engine), []);
});

test("one that is taken away while its run is under way stays gone, and the run goes on to its end", async () => {
  const engine = await open(LONG);
  await pass(engine, HOUR);
  const { rows: [run] } = await engine.opcode.query({ resource: "workflows" });
  await engine.opcode.schedules.remove("hourly");
  (await engine.called("a")).resolve(null);
  await settle();
  assert.equal((await engine.opcode.status(run!.id as string)).status, "completed");
  await pass(engine, HOUR);
  await assert.rejects(schedule(engine), /schedule "hourly" not found/);
  assert.deepEqual((await engine.opcode.query({ resource: "schedules" })).rows, []);
});

test("a run that goes on for hours keeps no other schedule from its times", async () => {
  const engine = await open(LONG);
  await engine.define("quick", ECHO);
  await engine.opcode.schedules.create({
    ...{ name: "other", template_name: "quick", cron: "0 * * * *", agent_id: "test" },
  });
  for (let hour = 0; hour < 3; hour++) await pass(engine, HOUR);
  const { fires: others } = await engine.opcode.schedules.fires("other");
  assert.deepEqual(others.map(({ status }) => status), Array(3).fill("completed"));
  assert.deepEqual((await fires(engine))[0], "cron started active");
});

test("each of many that are due at once has its run, also when the process dies among them", async () => {
  let engine = await open(ECHO);
  for (let n = 0; n < 50; n++) {
    await engine.opcode.schedules.create({
      ...{ name: `s${n}`, template_name: "w", cron: "0 * * * *", agent_id: `a${n % 5}` },
    });
  }
  engine.clock.advance(HOUR);
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  engine = await engine.crash();
  for (let turn = 0; turn < 9; turn++) await pass(engine, 1);
  const { rows } = await engine.opcode.query({ resource: "workflows", filter: { limit: 100 } });
  assert.equal(rows.length, 51);
  for (let n = 0; n < 50; n++) {
    const { fires } = await engine.opcode.schedules.fires(`s${n}`);
    assert.deepEqual(fires.map(({ outcome }) => outcome), ["started"], `s${n}`);
  }
});

test("a run begins later than its time by a jitter that is always the same", async () => {
  const engine = await open(ECHO, { jitter: "10m" });
  await pass(engine, HOUR);
  const early = await fires(engine);
  await pass(engine, 10 * MINUTE);
  assert.equal((await fires(engine)).length, 1);
  const row = (await engine.store.scheduleByName("hourly"))!;
  const { dueAt } = await import("../../../engine/schedules/timing.ts");
  const late = dueAt(row, row.nextAt! - HOUR) - (row.nextAt! - HOUR);
  assert.equal(early.length, late === 0 ? 1 : 0);
});

test("a clock that was set back brings no time twice to who pauses and resumes, a wrong one keeps nobody", async () => {
  const engine = await open(ECHO);
  await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), ["cron started completed"]);
  const again = async () => {
    await engine.opcode.schedules.update("hourly", { enabled: false });
    return await engine.opcode.schedules.update("hourly", { enabled: true });
  };
  const [expected] = (await schedule(engine)).next_times as string[];
  engine.clock.jump(-10 * MINUTE);
  assert.deepEqual(((await again()).next_times as string[])[0], expected);
  await pass(engine, HOUR);
  assert.deepEqual(await fires(engine), ["cron started completed"]);
  await pass(engine, 10 * MINUTE);
  assert.deepEqual(await fires(engine), ["cron started completed", "cron started completed"]);
  // A year ahead for a moment, with a time in it.
  const before = engine.clock.now();
  engine.clock.jump(365 * 24 * HOUR);
  await pass(engine, HOUR);
  engine.clock.jump(before - engine.clock.now());
  const [next = ""] = (await again()).next_times as string[];
  assert.ok(Date.parse(next) - before <= HOUR, next);
});
