// What two stored versions of a template are said to differ in.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, type TestEngine } from "../../support/test-engine.ts";

const V1: JsonObject[] = [{ id: "a", action: "test.echo", params: { n: 1 } }, {
  id: "b",
  action: "test.echo",
}];
const V2: JsonObject[] = [{ id: "a", action: "test.echo", params: { n: 2 } }, {
  id: "c",
  action: "test.echo",
}];
const V3 = V2;

async function threeVersions(): Promise<TestEngine> {
  const engine = await openTestEngine();
  await engine.define("w", V1);
  await engine.define("w", V2);
  const request = { name: "w", agent_id: "ann", definition: { steps: V3 }, description: "three" };
  await engine.opcode.define(request as never);
  return engine;
}

const rows = async (engine: TestEngine, filter: JsonObject) =>
  (await engine.opcode.query({ resource: "templates", filter })).rows;

test("two versions are compared, the latest when none is named, in either direction", async () => {
  const engine = await threeVersions();
  const [row, ...others] = await rows(engine, { name: "w", version: "v2", against: "v1" });
  assert.deepEqual(others, []);
  assert.deepEqual(Object.keys(row!), ["name", "version", "diff", "agent_id", "created_at"]);
  const changed = [{ step_id: "a", fields: ["params"] }];
  const sides = { against: "v1", added: ["c"], removed: ["b"], changed, workflow: [] };
  const value = { step_id: "a", path: "params.n", old: 1, new: 2 };
  const forward = { ...sides, values: [value] };
  assert.deepEqual(row!.diff, forward);
  const [latest] = await rows(engine, { name: "w", against: "1" });
  assert.deepEqual(latest!.version, "v3");
  const described = { path: "description", new: "three" };
  assert.deepEqual(latest!.diff, {
    ...forward,
    workflow: ["description"],
    values: [described, value],
  });
  const [back] = await rows(engine, { name: "w", version: "v1", against: "v2" });
  assert.deepEqual(back!.diff, {
    ...sides,
    against: "v2",
    added: ["b"],
    removed: ["c"],
    values: [{ ...value, old: 2, new: 1 }],
  });
  const [same] = await rows(engine, { name: "w", version: "v2", against: "v2" });
  const nothing = { against: "v2", added: [], removed: [], changed: [], workflow: [] };
  assert.deepEqual(same!.diff, nothing);
});

test("it says the same as a dry run of the newer version against the older one", async () => {
  const engine = await openTestEngine();
  await engine.define("w", V1);
  const request = { name: "w", agent_id: "ann", definition: { steps: V2, timeout: "1m" } };
  const { diff } = await engine.opcode.dryRun(request as never);
  await engine.opcode.define(request as never);
  assert.deepEqual((await rows(engine, { name: "w", against: "v1" }))[0]!.diff, diff);
});

test("a version or a template that is not there is named, with what is", async () => {
  const engine = await threeVersions();
  for (
    const [filter, message] of [
      [{ name: "w", against: "v9" }, /^template "w" v9 not found; the latest version is v3/],
      [{ name: "w", version: "v7", against: "v1" }, /^template "w" v7 not found; the latest/],
      [{ name: "nope", against: "v1" }, /^template "nope" not found/],
    ] as const
  ) await assert.rejects(rows(engine, filter), { code: "NOT_FOUND", message });
});
