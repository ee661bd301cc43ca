// What a dry run of opcode.define answers, and that it leaves nothing behind.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { agentIn } from "../../support/agents-in.ts";
import { openTestEngine, type TestEngine } from "../../support/test-engine.ts";

const ECHO = { id: "a", action: "test.echo" };

function request(definition: Json, more: JsonObject = {}) {
  return { name: "w", agent_id: "bot", definition, ...more } as never;
}

async function nothingStored(engine: TestEngine): Promise<void> {
  assert.equal(await engine.store.template("w", null), null);
  assert.equal(await agentIn(engine.store, "bot"), null);
}

test("a dry run answers version, report, levels and diff, and stores nothing", async () => {
  const engine = await openTestEngine();
  const steps = [
    { ...ECHO, id: "join", depends_on: ["left", "deep"] },
    { ...ECHO, id: "deep", depends_on: ["left"] },
    { ...ECHO, id: "right" },
    { ...ECHO, id: "left" },
  ];
  const reply = await engine.opcode.dryRun(request({ steps, timeout: "1m" }));
  assert.deepEqual(reply, {
    dry_run: true,
    name: "w",
    version: "v1",
    report: {},
    levels: [["left", "right"], ["deep"], ["join"]],
    diff: {
      against: null,
      added: ["join", "deep", "right", "left"],
      removed: [],
      changed: [],
      workflow: ["timeout"],
    },
  });
  await nothingStored(engine);
});

test("what is stored already is the same whatever the order of its keys", async () => {
  const engine = await openTestEngine();
  const template = {
    description: "d",
    input_schema: { type: "object", properties: { n: {} } },
    output_schema: {},
    triggers: { cron: [] },
  };
  const step = { ...ECHO, params: { x: [1, { b: 1, a: 2 }], zero: -0 } };
  await engine.opcode.define(request({ steps: [step], metadata: {} }, template));
  const turned = { params: { zero: -0, x: [1, { a: 2, b: 1 }] }, action: "test.echo", id: "a" };
  const { version, unchanged, diff } = await engine.opcode.dryRun(
    request({ metadata: {}, steps: [turned] }, template),
  );
  assert.deepEqual([version, unchanged], ["v1", true]);
  assert.deepEqual(diff, { against: "v1", added: [], removed: [], changed: [], workflow: [] });
});

test("the diff is against the latest version, with the fields beside the definition", async () => {
  const engine = await openTestEngine();
  const define = (more: JsonObject) => engine.opcode.define(request({ steps: [ECHO] }, more));
  await define({ description: "one" });
  await define({ description: "two", input_schema: {}, triggers: { cron: [] } });
  const { diff, version } = await engine.opcode.dryRun(
    request({ steps: [ECHO], "x-mine": 1 }, { description: "one", output_schema: {} }),
  );
  assert.equal(version, "v3");
  assert.equal(diff!.against, "v2");
  assert.deepEqual(diff!.workflow.sort(), [
    "description",
    "input_schema",
    "output_schema",
    "triggers",
    "x-mine",
  ]);
  const { rows } = await engine.opcode.query({ resource: "templates" });
  assert.equal(rows.length, 2);
});

test("a definition with faults is an answer without levels, with the diff if it has its form", async () => {
  const engine = await openTestEngine();
  const ring = [{ ...ECHO, depends_on: ["b"] }, { ...ECHO, id: "b", depends_on: ["a"] }];
  const cyclic = await engine.opcode.dryRun(request({ steps: ring }));
  assert.deepEqual(cyclic.report.errors!.map(({ path, code }) => [path, code]), [
    ["steps", "CYCLE_DETECTED"],
  ]);
  assert.equal("levels" in cyclic, false);
  assert.deepEqual(cyclic.diff!.added, ["a", "b"]);

  const formless: [Json, JsonObject][] = [
    [null, {}],
    [{ steps: [ECHO, ECHO] }, {}],
    [{ steps: [ECHO], typo: 1 }, {}],
    [{ steps: [ECHO] }, { input_schema: { type: "x" } }],
  ];
  for (const [definition, more] of formless) {
    const reply = await engine.opcode.dryRun(request(definition, more));
    assert.equal(reply.report.errors!.length, 1);
    assert.deepEqual(Object.keys(reply), ["dry_run", "name", "version", "report"]);
  }
  await nothingStored(engine);
});

test("errors and warnings are listed up to a hundred each", async () => {
  const engine = await openTestEngine();
  const steps = Array.from({ length: 101 }, (_, i) => ({ id: `a.${i}`, action: "no.such" }));
  const { report } = await engine.opcode.dryRun(request({ steps }));
  assert.equal(report.errors!.length, 100);
  assert.deepEqual(report.errors![99], {
    path: "/",
    code: "VALIDATION_ERROR",
    message: "and 2 more errors",
    severity: "error",
  });
  assert.equal(report.warnings!.length, 100);
  assert.equal(report.warnings![99]!.message, "and 2 more warnings");
});

test("a name or an agent that is none is refused by a dry run too", async () => {
  const engine = await openTestEngine();
  const refused = (more: JsonObject, message: RegExp) =>
    assert.rejects(engine.opcode.dryRun(request({ steps: [ECHO] }, more)), {
      code: "VALIDATION_ERROR",
      message,
    });
  await refused({ name: " " }, /^name: /);
  await refused({ agent_id: "" }, /^agent_id: /);
  await refused({ description: "\0" }, /^description: /);
});
