// What opcode.query lists, how filters add up, and which filters it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import type { QueryResource } from "../../../engine/api.ts";
import { external } from "../../support/steps.ts";
import {
  openTestEngine,
  settle,
  TestClock,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

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
  assert.deepEqual(await types({ step_id: "a", limit: 1 }), ["step_completed a"]);
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
  const begins = await rows(engine, "templates", { search: "b", latest: true });
  assert.deepEqual(begins.map(({ name }) => name), ["b"]);
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
  ["no status", "workflows", { status: [] }, /^filter\.status: must be a non-empty string, or/],
  ["no status between commas", "workflows", { status: "failed,," }, /^filter\.status: must be/],
  ["statuses of which one is unknown", "workflows", { status: "failed,actve" }, /"active"\?$/],
  ["a number among statuses", "workflows", { status: ["failed", 1] }, /^filter\.status: must be/],
  [
    "interrupted among statuses",
    "workflows",
    { status: "failed,interrupted" },
    /^filter\.status: interrupted stands alone/,
  ],
  [
    "an id beside a search",
    "workflows",
    { id: "01", search: "x" },
    /^filter\.search: has no meaning beside filter\.id$/,
  ],
  [
    "a search beside a name",
    "templates",
    { name: "a", search: "a" },
    /^filter\.search: has no meaning beside filter\.name$/,
  ],
  ["a search of little", "workflows", { search: "a1" }, /^filter\.search: no template has a name/],
  ["a time of completion", "workflows", { completed_until: "x" }, /^filter\.completed_until: must/],
  [
    "a template beside a run",
    "events",
    { workflow_id: "x", template_name: "w" },
    /^filter\.template_name: has no meaning beside filter\.workflow_id$/,
  ],
  [
    "a deadline of what is over",
    "decisions",
    { order: "deadline", status: "resolved" },
    /^filter\.order: deadline is an order of those that are pending$/,
  ],
  ["an unknown order", "decisions", { order: "oldest" }, /^filter\.order: must be one of newest/],
  ["a count that is none", "workflows", { total: "many" }, /^filter\.total: must be true or/],
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

test("runs are found by several statuses, their parent, their times, and the beginning of a name", async () => {
  const engine = await openTestEngine();
  const at = (ms: number) => new Date(ms).toISOString();
  engine.clock.advance(Date.parse("2026-03-01T12:00:00Z") - engine.clock.now());
  const now = engine.clock.now();
  await engine.define("wait", [{ id: "w", type: "wait", config: { signal: "go" } }]);
  await engine.define("fail", [{ id: "f", action: "test.fail", params: {} }]);
  await engine.define("parent", [
    { id: "c", action: "workflow.run", params: { template_name: "wait" } },
  ]);
  const start = async (template_name: string) =>
    (await engine.opcode.run({ template_name, agent_id: "x", wait_ms: 0 })).workflow_id;
  const failed = await start("fail");
  const waits = await start("wait");
  const parent = await start("parent");
  await settle();
  engine.clock.advance(60_000);
  await engine.opcode.signal({ workflow_id: waits, signal_type: "data", payload: { name: "go" } });
  await settle();
  const list = (filter: JsonObject) => engine.opcode.query({ resource: "workflows", filter });
  const found = async (filter: JsonObject) =>
    (await list(filter)).rows.map(({ template_name, status }) => `${template_name} ${status}`);
  assert.deepEqual(await found({ status: "failed,completed" }), ["wait completed", "fail failed"]);
  assert.deepEqual(await found({ status: ["failed", "failed"] }), ["fail failed"]);
  assert.deepEqual(await found({ parent_workflow_id: parent }), ["wait suspended"]);
  assert.deepEqual(await found({ parent_workflow_id: failed }), []);
  await assert.rejects(list({ parent_workflow_id: "nobody" }), { code: "NOT_FOUND" });
  assert.deepEqual(await found({ until: at(now - 1) }), []);
  assert.equal((await found({ since: at(now), until: at(now) })).length, 4);
  assert.deepEqual(await found({ completed_since: at(now) }), ["wait completed", "fail failed"]);
  assert.deepEqual(await found({ completed_until: at(now + 1_000) }), ["fail failed"]);
  assert.deepEqual(await found({ completed_since: at(now + 1), status: "failed" }), []);
  assert.deepEqual(await found({ search: "pa" }), ["parent suspended"]);
  assert.deepEqual(await found({ search: "wa", status: "completed" }), ["wait completed"]);
  assert.deepEqual(await found({ search: "wa", template_name: "fail" }), []);
  assert.deepEqual(await found({ search: failed }), ["fail failed"]);
  // By the end of an id, as tables show it, with or without what stands there for the rest.
  for (const end of [failed.slice(-8), `…${failed.slice(-8).toUpperCase()}`]) {
    assert.deepEqual(await found({ search: end }), ["fail failed"]);
    assert.deepEqual(await found({ search: end, status: "completed" }), []);
  }
  for (const more of [{}, { completed_since: at(now) }, { status: "interrupted" }]) {
    assert.deepEqual(await found({ search: "nobody's", ...more }), []);
  }
  assert.deepEqual(await found({ id: waits.slice(0, 30), status: "completed,failed" }), [
    ...await found({ id: waits.slice(0, 30), status: "completed" }),
    ...await found({ id: waits.slice(0, 30), status: "failed" }),
  ]);
  const counted = await list({ limit: 1, total: true });
  assert.deepEqual([counted.rows.length, counted.total, counted.total_at_least], [1, 4, undefined]);
  assert.equal((await list({ status: "suspended", total: "true" })).total, 2);
  assert.equal((await list({})).total, undefined);
});

test("a search that fits many templates asks for more of the name", async () => {
  const engine = await openTestEngine();
  for (let i = 0; i < 21; i++) await engine.define(`many-${i}`, [echo("a")]);
  const list = (search: string) =>
    engine.opcode.query({ resource: "workflows", filter: { search } });
  await assert.rejects(list("many"), {
    code: "VALIDATION_ERROR",
    message: /^filter\.search: more than 20 templates have names that begin so/,
  });
  assert.deepEqual((await list("many-1")).rows, []);
});

test("decisions by deadline: the nearest first, those without one last; counted", async () => {
  const engine = await openTestEngine();
  for (const [name, timeout] of [["late", "2h"], ["never", undefined], ["soon", "1h"]] as const) {
    await engine.define(name, [{
      id: "ask",
      type: "reasoning",
      config: {
        prompt_context: "?",
        ...(timeout && { timeout, fallback: "no" }),
        options: [{ id: "no" }],
      },
    }]);
    await engine.opcode.run({ template_name: name, agent_id: name });
  }
  const list = (filter: JsonObject) => engine.opcode.query({ resource: "decisions", filter });
  const first = await list({ order: "deadline", limit: 2, total: true });
  assert.deepEqual(first.rows.map((row) => row.agent_id), ["soon", "late"]);
  assert.equal(first.total, 3);
  const second = await list({
    order: "deadline",
    limit: 2,
    total: true,
    cursor: first.next_cursor!,
  });
  assert.deepEqual(second.rows.map((row) => row.agent_id), ["never"]);
  const [{ workflow_id }] = second.rows as [{ workflow_id: string }];
  const of = await list({ order: "deadline", workflow_id });
  assert.deepEqual(of.rows.map((row) => row.agent_id), ["never"]);
  const named = await list({ order: "deadline", agent_id: "late", total: true });
  assert.deepEqual([named.rows.length, named.total], [1, 1]);
});

test("events of all runs: the newest first, of several types, of a template, an agent, a time", async () => {
  const engine = await openTestEngine();
  await engine.define("one", [echo("a")]);
  await engine.define("two", [echo("b")]);
  const start = (template_name: string, agent_id: string) =>
    engine.opcode.run({ template_name, agent_id });
  await start("one", "x");
  engine.clock.advance(3_600_000);
  await start("two", "y");
  const types = async (filter: JsonObject) =>
    (await rows(engine, "events", filter)).map(({ event_type, step_id }) =>
      `${event_type} ${step_id}`
    );
  const all = await types({});
  assert.equal(all[0], "workflow_completed undefined");
  assert.deepEqual(await types({ event_type: "step_started,step_completed", step_id: "a" }), [
    "step_completed a",
    "step_started a",
  ]);
  const ofOne = all.slice(all.length / 2);
  assert.deepEqual(await types({ template_name: "one" }), ofOne);
  assert.deepEqual(await types({ agent_id: "x" }), ofOne);
  assert.deepEqual(await types({ agent_id: "x", template_name: "two" }), []);
  assert.deepEqual(await types({ until: "1970-01-01T00:30:00Z" }), ofOne);
  assert.deepEqual(
    await types({ since: "1970-01-01T00:30:00Z", until: "1970-01-01T00:40:00Z" }),
    [],
  );
});

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
