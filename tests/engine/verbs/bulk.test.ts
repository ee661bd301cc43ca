// What is done to many runs at once: nothing before their number is confirmed, and then to all of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, settle, type TestEngine } from "../../support/test-engine.ts";

const WAIT = [{ id: "w", type: "wait", config: { signal: "go" } }];
const FAIL = [{ id: "f", action: "test.fail", params: { times: 1 } }];

async function withRuns(): Promise<TestEngine> {
  const engine = await openTestEngine();
  await engine.define("wait", WAIT);
  await engine.define("fail", FAIL);
  for (const agent_id of ["a", "a", "b"]) {
    for (const template_name of ["wait", "fail"]) {
      await engine.opcode.run({ template_name, agent_id });
    }
  }
  return engine;
}

async function statusesOf(engine: TestEngine, filter: JsonObject): Promise<string[]> {
  const { rows } = await engine.opcode.query({ resource: "workflows", filter });
  return rows.map(({ status }) => String(status));
}

test("cancel counts first, and shows some; with that count it ends them, for the reason", async () => {
  const engine = await withRuns();
  const { opcode } = engine;
  const request = { filter: { agent_id: "a" }, reason: "over", agent_id: "boss" };
  const told = await opcode.bulk("cancel", request);
  assert.deepEqual([told.action, told.count, told.done], ["cancel", 2, undefined]);
  assert.deepEqual(told.sample!.map((run) => run.template_name), ["wait", "wait"]);
  assert.deepEqual(await statusesOf(engine, { template_name: "wait" }), Array(3).fill("suspended"));
  const done = await opcode.bulk("cancel", { ...request, confirm: 2 });
  assert.deepEqual(done, { action: "cancel", count: 2, done: 2 });
  assert.deepEqual(await statusesOf(engine, { template_name: "wait", agent_id: "a" }), [
    "cancelled",
    "cancelled",
  ]);
  assert.deepEqual(await statusesOf(engine, { template_name: "wait", agent_id: "b" }), [
    "suspended",
  ]);
  const { rows } = await opcode.query({
    resource: "events",
    filter: { event_type: "signal_received" },
  });
  assert.deepEqual(rows.map(({ agent_id }) => agent_id), ["boss", "boss"]);
  assert.equal((rows[0]!.payload as JsonObject).reasoning, "over");
  assert.equal((await opcode.bulk("cancel", request)).count, 0);
});

test("a count that is another by now is refused with the new one, and nothing is done", async () => {
  const engine = await withRuns();
  const request = { filter: { template_name: "wait" } };
  await engine.opcode.run({ template_name: "wait", agent_id: "a" });
  await assert.rejects(engine.opcode.bulk("cancel", { ...request, confirm: 3 }), (error: any) => {
    assert.deepEqual([error.code, error.details.count, error.details.path], [
      "CONFLICT",
      4,
      "confirm",
    ]);
    return true;
  });
  assert.deepEqual(await statusesOf(engine, request.filter), Array(4).fill("suspended"));
});

test("as many runs that are not the ones that were counted are refused, where that is asked for", async () => {
  const { opcode } = await withRuns();
  const filter = { template_name: "wait" };
  const { count: confirm, digest } = await opcode.bulk("cancel", { filter });
  const [first] = (await opcode.query({ resource: "workflows", filter })).rows;
  await opcode.signal({ workflow_id: String(first!.id), signal_type: "cancel" });
  await opcode.run({ template_name: "wait", agent_id: "a" });
  await assert.rejects(
    opcode.bulk("cancel", { filter, confirm, digest: digest! }),
    (error: any) => {
      assert.deepEqual([error.code, error.details.path], ["CONFLICT", "digest"]);
      return true;
    },
  );
  const again = await opcode.bulk("cancel", { filter });
  const done = await opcode.bulk("cancel", { filter, confirm, digest: again.digest! });
  assert.deepEqual([again.count, done.done], [3, 3]);
});

test("retry tries again what each has failed of, and tells what it cannot", async () => {
  const engine = await withRuns();
  await engine.define("late", [{ id: "x", action: "test.external", params: {} }], {
    definition: { timeout: "1s" },
  });
  await engine.opcode.run({ template_name: "late", agent_id: "a", wait_ms: 0 });
  await engine.called("x");
  engine.clock.advance(2_000);
  await settle();
  const told = await engine.opcode.bulk("retry", { filter: { since: "1970-01-01T00:00:00Z" } });
  const failed = await statusesOf(engine, { status: "failed" });
  assert.equal(told.count, failed.length);
  const done = await engine.opcode.bulk("retry", {
    filter: { since: "1970-01-01T00:00:00Z" },
    confirm: told.count,
  });
  assert.equal(done.done! + (done.refused_count ?? 0), told.count);
  await settle();
  assert.deepEqual(await statusesOf(engine, { template_name: "fail" }), Array(3).fill("completed"));
});

test("a filter names what the runs have in common, in states that can be so", async () => {
  const { opcode } = await withRuns();
  const refused = (action: "cancel" | "retry", filter: JsonObject, message: RegExp) =>
    assert.rejects(opcode.bulk(action, { filter }), { code: "VALIDATION_ERROR", message });
  await refused("cancel", {}, /^filter: must name something/);
  await refused("cancel", { agent_id: null }, /^filter: must name something/);
  await refused("cancel", { limit: 5 }, /^filter\.limit: is not for cancel of many/);
  await refused("cancel", { status: "failed" }, /^filter\.status: cancel is of runs that are pend/);
  await refused("retry", { status: "failed,active" }, /^filter\.status: retry is of runs that are/);
  assert.equal((await opcode.bulk("cancel", { filter: { status: "interrupted" } })).count, 0);
  await refused("retry", { agnet_id: "a" }, /^filter\.agnet_id: .*did you mean "agent_id"/);
  assert.equal((await opcode.bulk("cancel", { filter: { status: "suspended" } })).count, 3);
});

test("runs that are named are counted as they stand, and what is left out is told with why", async () => {
  const { opcode } = await withRuns();
  const { rows } = await opcode.query({ resource: "workflows", filter: { agent_id: "a" } });
  const ids = rows.map(({ id }) => String(id));
  const none = "0190aaaa-0000-7000-8000-000000000000";
  const failed = rows.filter(({ status }) => status === "failed").map(({ id }) => String(id));
  const request = { workflow_ids: [...ids, none, ids[0]!.toUpperCase()] };
  const told = await opcode.bulk("cancel", request);
  assert.deepEqual([told.count, told.sample!.length], [2, 2]);
  assert.deepEqual(told.left_out, [
    ...failed.map((workflow_id) => ({ workflow_id, why: "it is failed" })),
    { workflow_id: none, why: "there is no such run" },
  ]);
  const done = await opcode.bulk("cancel", { ...request, confirm: 2 });
  assert.deepEqual([done.done, done.left_out!.length], [2, 3]);
  await assert.rejects(opcode.bulk("cancel", { ...request, confirm: 2 }), { code: "CONFLICT" });
  const refused = (more: object, message: RegExp) =>
    assert.rejects(opcode.bulk("cancel", more), { code: "VALIDATION_ERROR", message });
  await refused({ workflow_ids: [ids[0]!.slice(0, 8)] }, /^workflow_ids\.0: must be the id of a/);
  await refused({ workflow_ids: ids, filter: {} }, /^workflow_ids: has no meaning beside filter/);
  await refused({}, /^filter: is required, unless workflow_ids/);
});

test("an agent is counted and signalled those alone that it sees and may signal", async () => {
  const rights = { allow: ["test.*"], templates: ["w*"], decide: "own" as const };
  const engine = await openTestEngine({
    agents: { a: rights, boss: { ...rights, decide: "all" } },
  });
  await engine.define("wait", WAIT);
  await engine.define("other", WAIT);
  for (const template_name of ["wait", "other"]) {
    for (const agent_id of ["a", "b"]) await engine.opcode.run({ template_name, agent_id });
  }
  const filter = { status: "suspended" };
  assert.equal((await engine.opcode.as("a").bulk("cancel", { filter })).count, 1);
  const done = await engine.opcode.as("boss").bulk("cancel", { filter, confirm: 2 });
  assert.equal(done.done, 2);
  assert.deepEqual(await statusesOf(engine, { template_name: "other" }), [
    "suspended",
    "suspended",
  ]);
});
