// What of a template is put away with it, what stays, and what comes back.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { Opcode } from "../../../engine/api.ts";
import { createMemoryStore } from "../../support/memory-store.ts";
import { openTestEngine, pass, settle, type TestEngine } from "../../support/test-engine.ts";

const HOUR = 3_600_000;
const ECHO: JsonObject[] = [{ id: "a", action: "test.echo", params: { n: 1 } }];

async function open(cron: JsonObject[] = []): Promise<TestEngine> {
  const engine = await openTestEngine();
  engine.clock.advance(HOUR - engine.clock.now() % HOUR);
  await settle();
  await define(engine, cron);
  return engine;
}

async function define({ opcode }: TestEngine, cron: JsonObject[] = []): Promise<void> {
  const triggers = cron.length > 0 ? { triggers: { cron } } : {};
  await opcode.define({ name: "w", agent_id: "author", definition: { steps: ECHO }, ...triggers });
}

const put = (opcode: Opcode) => opcode.archive({ template_name: "w", agent_id: "author" });
const back = (opcode: Opcode) => opcode.unarchive({ template_name: "w" });

const ARCHIVED = {
  code: "CONFLICT",
  message: /^template "w" is archived since \S+Z: .* until .*opcode unarchive "w"/,
};

async function names(opcode: Opcode, filter: JsonObject): Promise<string[]> {
  const { rows } = await opcode.query({ resource: "templates", filter });
  return rows.map(({ name, version }) => `${name} ${version}`);
}

async function runs(opcode: Opcode): Promise<number> {
  return (await opcode.query({ resource: "workflows" })).rows.length;
}

test("no list shows it but one that asks for it, and who names it finds it", async () => {
  const { opcode, define, clock } = await open();
  await define("other", ECHO);
  const at = new Date(clock.now()).toISOString();
  assert.deepEqual(await put(opcode), {
    name: "w",
    archived: true,
    archived_at: at,
    paused_schedules: [],
  });
  assert.deepEqual(await names(opcode, {}), ["other v1"]);
  assert.deepEqual(await names(opcode, { latest: true }), ["other v1"]);
  assert.deepEqual(await names(opcode, { archived: false }), ["other v1"]);
  assert.deepEqual(await names(opcode, { archived: true }), ["w v1"]);
  assert.deepEqual(await names(opcode, { archived: "true", latest: true }), ["w v1"]);
  assert.deepEqual(await names(opcode, { name: "w" }), ["w v1"]);
  assert.deepEqual(await names(opcode, { name: "w", archived: false }), []);
  const filter = { name: "w", version: "latest" };
  const { rows: [row] } = await opcode.query({ resource: "templates", filter });
  assert.equal(row!.archived_at, at);
  assert.deepEqual(await put(opcode), {
    name: "w",
    archived: true,
    archived_at: at,
    unchanged: true,
  });
  assert.deepEqual(await back(opcode), { name: "w", archived: false, resumed_schedules: [] });
  assert.deepEqual(await names(opcode, { latest: true }), ["other v1", "w v1"]);
  assert.deepEqual(await back(opcode), { name: "w", archived: false, unchanged: true });
  await assert.rejects(opcode.archive({ template_name: "ohter" }), {
    code: "NOT_FOUND",
    message: /did you mean "other"/,
  });
});

test("no run of it begins, in whatever way; those under way go on", async () => {
  const engine = await open();
  const { opcode } = engine;
  const ended = await opcode.run({ template_name: "w", agent_id: "a" });
  await engine.define("slow", [{ id: "x", action: "test.external", params: {} }]);
  const slow = await opcode.run({ template_name: "slow", agent_id: "a", wait_ms: 0 });
  const call = await engine.called("x");
  await opcode.archive({ template_name: "slow" });
  await put(opcode);
  await assert.rejects(opcode.run({ template_name: "w", agent_id: "a" }), ARCHIVED);
  await assert.rejects(opcode.run({ template_name: "w", agent_id: "a", version: "v1" }), ARCHIVED);
  await assert.rejects(opcode.rerun({ workflow_id: ended.workflow_id }), ARCHIVED);
  const fork = { from_run: ended.workflow_id, from_step: "a", agent_id: "a" };
  await assert.rejects(opcode.run(fork), ARCHIVED);
  assert.equal(await runs(opcode), 2);
  call.resolve(1);
  await settle();
  assert.equal((await opcode.status(slow.workflow_id)).status, "completed");
  await back(opcode);
  assert.equal((await opcode.run({ template_name: "w", agent_id: "a" })).status, "completed");
});

test("no version of it is defined, not even to look what that would be", async () => {
  const { opcode } = await open();
  await put(opcode);
  for (const steps of [ECHO, [{ ...ECHO[0]!, id: "b" }]]) {
    const request = { name: "w", agent_id: "a", definition: { steps } };
    await assert.rejects(opcode.define(request), ARCHIVED);
    await assert.rejects(opcode.dryRun(request), ARCHIVED);
  }
  assert.deepEqual(await names(opcode, { name: "w" }), ["w v1"]);
});

test("a step that would run it fails, and who defines one is told", async () => {
  const { opcode, define } = await open();
  const steps = [{ id: "c", action: "workflow.run", params: { template_name: "w" } }];
  await define("before", steps);
  await put(opcode);
  const { warnings } = await opcode.define({
    name: "after",
    agent_id: "a",
    definition: { steps },
  });
  assert.deepEqual(warnings!.map(({ path, code }) => [path, code]), [
    ["steps[0].params.template_name", "CONFLICT"],
  ]);
  assert.match(warnings![0]!.message, ARCHIVED.message);
  const run = await opcode.run({ template_name: "before", agent_id: "a" });
  assert.equal(run.status, "failed");
  assert.match(run.steps!.c!.error!.message, ARCHIVED.message);
});

test("its schedules are paused, and those that were at work come back with it", async () => {
  const engine = await open([
    { name: "hourly", expression: "0 * * * *" },
    { name: "off", expression: "0 * * * *", enabled: false },
    { name: "meant", expression: "0 * * * *" },
  ]);
  const { opcode } = engine;
  const by = { agent_id: "a", cron: "0 * * * *" };
  await opcode.schedules.create({ name: "mine", template_name: "w", ...by });
  assert.deepEqual((await put(opcode)).paused_schedules, ["mine", "w.hourly", "w.meant"]);
  const paused = await opcode.schedules.get("mine");
  assert.deepEqual([paused.status, paused.reason], ["paused", "its template is archived"]);
  await pass(engine, 3 * HOUR);
  assert.equal(await runs(opcode), 0);
  await assert.rejects(opcode.schedules.update("mine", { enabled: true }), ARCHIVED);
  await assert.rejects(opcode.schedules.run("mine"), ARCHIVED);
  await assert.rejects(
    opcode.schedules.create({ name: "new", template_name: "w", ...by }),
    ARCHIVED,
  );
  // Other terms may change meanwhile; who pauses it once more means it.
  await opcode.schedules.update("mine", { params: { n: 2 } });
  await opcode.schedules.update("w.meant", { enabled: false });
  assert.deepEqual((await back(opcode)).resumed_schedules, ["mine", "w.hourly"]);
  const { status, reason, next_times } = await opcode.schedules.get("mine");
  const next = new Date(engine.clock.now() + HOUR).toISOString();
  assert.deepEqual([status, reason, (next_times as string[])[0]], ["active", undefined, next]);
  assert.equal((await opcode.schedules.get("w.meant")).status, "paused");
  await pass(engine, HOUR);
  assert.equal(await runs(opcode), 2);
});

test("a run that waited behind another one is told as skipped", async () => {
  const engine = await open();
  const { opcode } = engine;
  await engine.define("slow", [{ id: "x", action: "test.external", params: {} }]);
  const terms = { cron: "0 * * * *", agent_id: "a", overlap: "queue" as const };
  await opcode.schedules.create({ name: "s", template_name: "slow", ...terms });
  await pass(engine, HOUR);
  await pass(engine, HOUR);
  assert.notEqual((await opcode.schedules.get("s")).queued_for, undefined);
  await opcode.archive({ template_name: "slow" });
  const { fires: [last] } = await opcode.schedules.fires("s");
  assert.deepEqual([last!.outcome, last!.reason], ["skipped", "archived"]);
});

test("it is archived after a restart, too", async () => {
  const engine = await openTestEngine({ store: createMemoryStore() });
  await engine.define("w", ECHO);
  await put(engine.opcode);
  const { opcode } = await engine.crash();
  await assert.rejects(opcode.run({ template_name: "w", agent_id: "a" }), ARCHIVED);
  await back(opcode);
  assert.equal((await opcode.run({ template_name: "w", agent_id: "a" })).status, "completed");
});

test("an agent archives what it may define, and nothing else", async () => {
  const rights = { allow: ["*"], templates: ["w"], decide: "own" as const };
  const engine = await openTestEngine({ agents: { ann: rights } });
  await engine.define("w", ECHO);
  await engine.define("other", ECHO);
  const ann = engine.opcode.as("ann");
  assert.equal((await ann.archive({ template_name: "w" })).archived, true);
  assert.equal((await ann.unarchive({ template_name: "w" })).archived, false);
  await assert.rejects(ann.archive({ template_name: "other" }), { code: "NOT_FOUND" });
  await assert.rejects(ann.archive({ template_name: "w", agent_id: "bob" }), {
    code: "PERMISSION_DENIED",
  });
});
