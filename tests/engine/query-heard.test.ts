// Whether what a list is asked is obeyed or refused, never passed over.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import type { QueryResource } from "../../engine/api.ts";
import { openTestEngine, type TestEngine } from "../support/test-engine.ts";

const echo = (id: string) => ({ id, action: "test.echo" });

const list = (engine: TestEngine, resource: QueryResource, filter: JsonObject) =>
  engine.opcode.query({ resource, filter });

const LIMITS = [0, -1, 1.5, 1_001, 1e9, NaN, "0", "-5", "1e2", " 7", "7.0", "", "many", true, [3]];
for (const limit of LIMITS as JsonObject[string][]) {
  test(`a limit of ${JSON.stringify(limit)} is refused by every list`, async () => {
    const engine = await openTestEngine();
    const lists: [QueryResource, JsonObject][] = [
      ["workflows", {}],
      ["events", { event_type: "step_failed" }],
      ["templates", {}],
      ["templates", { name: "w", version: "v1" }],
      ["decisions", {}],
      ["actions", {}],
      ["actions", { name: "test.echo" }],
    ];
    for (const [resource, filter] of lists) {
      await assert.rejects(
        list(engine, resource, { ...filter, limit }),
        { code: "VALIDATION_ERROR", message: /^filter\.limit: must be a whole number from 1 to / },
        resource,
      );
    }
  });
}

for (const since of ["2026-02-30T00:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31", "10m"]) {
  test(`since ${since} is refused, where Date.parse may take it for another day`, async () => {
    const engine = await openTestEngine();
    for (const [resource, more] of [["workflows", {}], ["events", { event_type: "step_failed" }]]) {
      await assert.rejects(
        list(engine, resource as QueryResource, { ...more as JsonObject, since }),
        { code: "VALIDATION_ERROR", message: /^filter\.since: must be an RFC 3339 time/ },
      );
    }
  });
}

test("a cursor goes on with the list that it came with, whatever the limit", async () => {
  const engine = await openTestEngine();
  for (const name of ["a", "b", "c"]) await engine.define(name, [echo("x")]);
  for (const _ of [1, 2, 3]) await engine.opcode.run({ template_name: "a", agent_id: "bot" });
  const [{ id: workflow_id }] = (await list(engine, "workflows", {})).rows as [{ id: string }];
  const lists: [QueryResource, JsonObject][] = [
    ["workflows", { agent_id: "bot", status: "completed" }],
    ["templates", { latest: true }],
    ["events", { workflow_id }],
    ["events", { event_type: "step_completed", after_id: 1 }],
    ["actions", {}],
  ];
  for (const [resource, filter] of lists) {
    const all = (await list(engine, resource, filter)).rows;
    const first = await list(engine, resource, { ...filter, limit: 1 });
    const cursor = first.next_cursor!;
    const next = await list(engine, resource, { ...filter, limit: 50, cursor });
    assert.deepEqual([...first.rows, ...next.rows], all, resource);
    const asText = Object.fromEntries(
      Object.entries({ ...filter, limit: 50, cursor }).map(([key, value]) => [key, `${value}`]),
    );
    assert.deepEqual((await list(engine, resource, asText)).rows, next.rows, `${resource}, text`);
  }
});

test("a cursor of another list, or of other criteria, is refused", async () => {
  const engine = await openTestEngine();
  for (const name of ["a", "b"]) await engine.define(name, [echo("x")]);
  for (const _ of [1, 2]) await engine.opcode.run({ template_name: "a", agent_id: "bot" });
  const rows = (await list(engine, "workflows", {})).rows as { id: string }[];
  const { next_cursor } = await list(engine, "workflows", { status: "completed", limit: 1 });
  const events = await list(engine, "events", { workflow_id: rows[0]!.id, limit: 1 });
  const others: [QueryResource, JsonObject, string][] = [
    ["workflows", {}, next_cursor!],
    ["workflows", { status: "failed" }, next_cursor!],
    ["workflows", { status: "completed", agent_id: "bot" }, next_cursor!],
    ["templates", {}, next_cursor!],
    ["actions", {}, next_cursor!],
    ["decisions", { status: "pending" }, next_cursor!],
    ["events", { workflow_id: rows[1]!.id }, events.next_cursor!],
    ["events", { event_type: "workflow_started" }, events.next_cursor!],
  ];
  for (const [resource, filter, cursor] of others) {
    await assert.rejects(
      list(engine, resource, { ...filter, cursor }),
      { code: "VALIDATION_ERROR", message: /^filter\.cursor: belongs to another list: send / },
      `${resource} ${JSON.stringify(filter)}`,
    );
  }
  for (const cursor of ["x", "http.get", "W10=", next_cursor!.slice(9)]) {
    await assert.rejects(
      list(engine, "workflows", { status: "completed", cursor }),
      { code: "VALIDATION_ERROR", message: /^filter\.cursor: must be the next_cursor of a page/ },
    );
  }
});

test("events and decisions of a workflow that is not there are an error, not an empty list", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([echo("x")]);
  for (const resource of ["events", "decisions"] as const) {
    await assert.rejects(
      list(engine, resource, { workflow_id: "none" }),
      { code: "NOT_FOUND", message: 'workflow "none" not found' },
    );
  }
  assert.deepEqual((await list(engine, "decisions", { workflow_id })).rows, []);
  assert.deepEqual((await list(engine, "events", { workflow_id, step_id: "y" })).rows, []);
});

test("a version that is not there is an error that says which there is", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [echo("x")]);
  for (
    const [name, message] of [["w", /^template "w" v9 not found; the latest version is v1/], [
      "nope",
      /^template "nope" not found/,
    ]] as const
  ) {
    await assert.rejects(
      list(engine, "templates", { name, version: "v9" }),
      { code: "NOT_FOUND", message },
    );
  }
  assert.deepEqual((await list(engine, "templates", { name: "nope" })).rows, []);
});

const MEANINGLESS: [QueryResource, JsonObject, RegExp][] = [
  ["templates", { name: "w", version: "v1", latest: true }, /^filter\.latest: has no meaning/],
  ["templates", { name: "w", version: "v1", agent_id: "x" }, /^filter\.agent_id: has no mean/],
  ["templates", { name: "w", version: "v1", cursor: "x" }, /^filter\.cursor: has no meaning/],
  ["templates", { name: "w", against: "v1", agent_id: "x" }, /^filter\.agent_id: has no meaning/],
  ["templates", { against: "v1" }, /^filter\.against: needs filter\.name beside it/],
  ["templates", { name: "w", against: "one" }, /^version: must be like/],
  ["actions", { name: "test.echo", cursor: "x" }, /^filter\.cursor: has no meaning beside/],
];
for (const [resource, filter, message] of MEANINGLESS) {
  test(`${JSON.stringify(filter)} of ${resource} is refused`, async () => {
    const engine = await openTestEngine();
    await engine.define("w", [echo("x")]);
    await assert.rejects(list(engine, resource, filter), { code: "VALIDATION_ERROR", message });
  });
}

test("an agent is told of what it does not see as of what is not there", async () => {
  const rights = { allow: ["*"], templates: ["mine"], decide: "own" } as const;
  const engine = await openTestEngine({ agents: { ann: rights } });
  for (const name of ["mine", "other"]) await engine.define(name, [echo("x")]);
  const { workflow_id } = await engine.opcode.run({ template_name: "other", agent_id: "bot" });
  const asked = (resource: QueryResource, filter: JsonObject) =>
    engine.opcode.as("ann").query({ resource, filter });
  for (const resource of ["events", "decisions"] as const) {
    for (const id of [workflow_id, "none"]) {
      await assert.rejects(
        asked(resource, { workflow_id: id }),
        { code: "NOT_FOUND", message: `workflow "${id}" not found` },
      );
    }
  }
  for (const name of ["other", "none"]) {
    await assert.rejects(
      asked("templates", { name, against: "v1" }),
      { code: "NOT_FOUND", message: `template "${name}" not found` },
    );
  }
  assert.equal((await asked("templates", { name: "mine", against: "v1" })).rows.length, 1);
});
