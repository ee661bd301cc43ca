// What opcode.query lists, how filters add up, and which filters it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { QueryResource } from "../../../engine/api.ts";
import { external } from "../../support/steps.ts";
import { openTestEngine, TestClock, type TestEngine, until } from "../../support/test-engine.ts";

const echo = (id: string, more: JsonObject = {}) => ({ id, action: "test.echo", ...more });

async function rows(
  engine: TestEngine,
  resource: QueryResource,
  filter?: JsonObject,
): Promise<JsonObject[]> {
  return (await engine.opcode.query({ resource, ...(filter && { filter }) })).rows;
}

test("an empty list is an array, whatever was asked for", async () => {
  const engine = await openTestEngine();
  assert.deepEqual(await rows(engine, "workflows"), []);
  assert.deepEqual(await rows(engine, "workflows", { status: "failed", agent_id: "x" }), []);
  assert.deepEqual(await rows(engine, "templates"), []);
  assert.deepEqual(await rows(engine, "events", { event_type: "step_failed" }), []);
});

test("workflows are filtered by all that is given, newest first, without their definitions", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [echo("a")]);
  for (const agent_id of ["one", "two", "one"]) {
    engine.clock.advance(1_000);
    await engine.opcode.run({ template_name: "w", agent_id, params: { agent_id } });
  }
  const all = await rows(engine, "workflows");
  assert.deepEqual(all.map(({ agent_id }) => agent_id), ["one", "two", "one"]);
  assert.ok(all[0]!.created_at! > all[2]!.created_at!);
  assert.ok(all.every((row) => !("definition" in row)));
  assert.equal((await rows(engine, "workflows", { agent_id: "one" })).length, 2);
  assert.equal((await rows(engine, "workflows", { limit: 1 })).length, 1);
  const since = all[1]!.created_at as string;
  assert.equal((await rows(engine, "workflows", { agent_id: "one", since })).length, 1);
  assert.equal((await rows(engine, "workflows", { agent_id: "one", status: "failed" })).length, 0);
});

test("interrupted runs can be asked for, alone and beside every other criterion", async () => {
  const clock = new TestClock();
  const first = await openTestEngine({ clock });
  await first.define("w", [external("a"), external("b")]);
  await first.define("v", [external("a")]);
  const start = (template_name: string, agent_id: string) =>
    first.opcode.run({ template_name, agent_id, wait_ms: 0 });
  const one = await start("w", "one");
  await start("v", "two");
  await first.define("pause", [{ id: "s", type: "wait", config: { signal: "go" } }]);
  await first.opcode.run({ template_name: "pause", agent_id: "one" });
  await until(() => first.open.length === 3, "the steps to be under way");
  const second = await openTestEngine({ clock, store: first.store.crash() });
  const found = async (filter: JsonObject = {}) =>
    (await rows(second, "workflows", { status: "interrupted", ...filter })).map((row) =>
      `${row.template_name} ${row.agent_id} ${row.status} ${row.interrupted}`
    );
  const both = ["v two suspended a", "w one suspended a,b"];
  assert.deepEqual(await found(), both);
  assert.deepEqual(await found({ agent_id: "one" }), both.slice(1));
  assert.deepEqual(await found({ agent_id: "one", template_name: "w" }), both.slice(1));
  assert.deepEqual(await found({ agent_id: "one", template_name: "v" }), []);
  assert.deepEqual(await found({ template_name: "v" }), both.slice(0, 1));
  assert.deepEqual(await found({ since: "2999-01-01T00:00:00Z" }), []);
  // A page at a time, and what still waits beside what has been answered.
  const page = await second.opcode.query({
    resource: "workflows",
    filter: { status: "interrupted", limit: 1 },
  });
  assert.deepEqual(await found({ limit: 1, cursor: page.next_cursor! }), both.slice(1));
  const signal = (step_id: string) =>
    second.opcode.signal({
      workflow_id: one.workflow_id,
      agent_id: "one",
      signal_type: "skip",
      step_id,
      payload: {},
    });
  await signal("a");
  assert.deepEqual(await found({ agent_id: "one" }), ["w one suspended b"]);
  await signal("b");
  assert.deepEqual(await found({ agent_id: "one" }), []);
});

test("every filter of events counts, with a type and without", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [echo("a"), echo("b", { depends_on: ["a"] })]);
  const { workflow_id } = await engine.opcode.run({ template_name: "w", agent_id: "x" });
  engine.clock.advance(10_000);
  await engine.opcode.run({ template_name: "w", agent_id: "x" });
  const story = await rows(engine, "events", { workflow_id });
  assert.deepEqual(story.map(({ sequence }) => sequence), story.map((_, i) => i + 1));
  const types = async (filter: JsonObject) =>
    (await rows(engine, "events", filter)).map(({ event_type, step_id }) =>
      `${event_type} ${step_id}`
    );
  assert.deepEqual(await types({ workflow_id, step_id: "b" }), [
    "step_started b",
    "step_completed b",
  ]);
  assert.deepEqual(await types({ workflow_id, step_id: "b", limit: 1 }), ["step_started b"]);
  assert.deepEqual(await types({ workflow_id, since: "1970-01-01T00:00:05Z" }), []);
  assert.deepEqual(await types({ workflow_id, event_type: "step_completed" }), [
    "step_completed a",
    "step_completed b",
  ]);
  assert.equal((await types({ event_type: "step_completed" })).length, 4);
  assert.deepEqual(await types({ event_type: "step_completed", step_id: "a", workflow_id }), [
    "step_completed a",
  ]);
  const since = "1970-01-01T00:00:05Z";
  assert.equal((await types({ event_type: "step_completed", since })).length, 2);
  await assert.rejects(rows(engine, "events", { step_id: "a" }), {
    code: "VALIDATION_ERROR",
    message: "filter: one of event_type or workflow_id is required for events",
  });
});

test("templates are listed by name, then by version as a number", async () => {
  const engine = await openTestEngine();
  for (let i = 0; i < 11; i++) await engine.define("b", [echo(`a${i}`)]);
  await engine.define("a", [echo("a")]);
  const listed = await rows(engine, "templates", { limit: 4 });
  assert.deepEqual(listed.map(({ name, version }) => `${name} ${version}`), [
    "a v1",
    "b v11",
    "b v10",
    "b v9",
  ]);
  assert.equal((await rows(engine, "templates", { name: "b" })).length, 11);
  assert.equal((await rows(engine, "templates", { agent_id: "nobody" })).length, 0);
});

const REFUSED: [string, QueryResource, JsonObject, RegExp][] = [
  [
    "a time that is none",
    "workflows",
    { since: "yesterday" },
    /^filter\.since: must be an RFC 3339/,
  ],
  ["a time without a zone", "workflows", { since: "2026-01-01T00:00:00" }, /^filter\.since: /],
  ["a time that is a number", "workflows", { since: 5 }, /^filter\.since: /],
  ["an unknown status", "workflows", { status: "complete" }, /^filter\.status: .*"completed"/],
  ["a list of statuses", "workflows", { status: ["failed"] }, /^filter\.status: must be/],
  ["an empty name", "templates", { name: "" }, /^filter\.name: must be/],
  ["an unknown event type", "events", { event_type: "step_done" }, /^filter\.event_type: /],
  ["a limit that is none", "workflows", { limit: "many" }, /^filter\.limit: must be a whole/],
  [
    "an unknown filter",
    "workflows",
    { agent: "x" },
    /^filter\.agent: is not a filter of workflows/,
  ],
  [
    "a filter of another list",
    "templates",
    { status: "failed" },
    /^filter\.status: is not a filter/,
  ],
  ["a slip", "workflows", { agentid: "x" }, /^filter\.agentid: .*did you mean "agent_id"/],
];

for (const [what, resource, filter, message] of REFUSED) {
  test(`a filter that cannot be right is refused by name: ${what}`, async () => {
    const engine = await openTestEngine();
    await assert.rejects(rows(engine, resource, filter), { code: "VALIDATION_ERROR", message });
  });
}

test("since is a moment, whatever its zone and its digits", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(Date.parse("2026-03-01T12:00:00.500Z") - engine.clock.now());
  await engine.run([echo("a")]);
  const found = async (since: string) => (await rows(engine, "workflows", { since })).length;
  for (
    const since of [
      "2026-03-01T12:00:00.500Z",
      "2026-03-01T12:00:00.5Z",
      "2026-03-01T13:00:00.5+01:00",
      "2026-03-01T07:00:00-05:00",
      "2026-03-01T12:00:00Z",
    ]
  ) assert.equal(await found(since), 1, since);
  for (
    const since of [
      "2026-03-01T12:00:00.501Z",
      "2026-03-01T12:00:01+00:00",
      "2026-03-01T12:00:00-01:00",
    ]
  ) {
    assert.equal(await found(since), 0, since);
  }
});

test("a limit is a whole number or its text, 1 to 1,000; a cursor leads to the rest", async () => {
  const engine = await openTestEngine();
  const steps = Array.from({ length: 600 }, (_, i) => echo(`s${i}`));
  const { workflow_id } = await engine.run(steps);
  const count = async (limit?: string | number) =>
    (await rows(engine, "events", { workflow_id, ...(limit !== undefined && { limit }) })).length;
  assert.deepEqual(
    [await count(), await count(1), await count("7"), await count(1_000)],
    [100, 1, 7, 1_000],
  );
  const first = await engine.opcode.query({
    resource: "events",
    filter: { workflow_id, limit: 1_000 },
  });
  const cursor = first.next_cursor!;
  const rest = await engine.opcode.query({ resource: "events", filter: { workflow_id, cursor } });
  assert.deepEqual(rest.rows.slice(0, 2).map(({ sequence }) => sequence), [1_001, 1_002]);
});
