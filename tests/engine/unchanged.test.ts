// When defining again stores nothing: the same definition is the same version.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { agentIn } from "../support/agents-in.ts";
import { openTestEngine, type TestEngine } from "../support/test-engine.ts";

const ECHO = { id: "a", action: "test.echo", params: { x: [1, { b: 1, a: 2 }], n: 1.5 } };
const TEMPLATE = {
  description: "d",
  input_schema: { type: "object", properties: { n: {}, m: {} } },
  output_schema: { type: "object" },
  triggers: { cron: [] },
};

const define = (engine: TestEngine, steps: Json[], more: JsonObject = {}) =>
  engine.opcode.define(
    { name: "w", agent_id: "bot", definition: { steps }, ...more } as never,
  );

async function versions(engine: TestEngine): Promise<number> {
  return (await engine.opcode.query({ resource: "templates", filter: { name: "w" } })).rows.length;
}

test("the identical definition is the version that it was, and nothing is stored", async () => {
  const engine = await openTestEngine();
  // Of a secret that is not there it is warned each time.
  const warned = { ...ECHO, id: "b", condition: "false", params: { k: "${{secrets.none}}" } };
  const first = await define(engine, [ECHO, warned], TEMPLATE);
  assert.deepEqual([first.version, first.warnings?.length], ["v1", 1]);
  const same = { ...first, unchanged: true };
  assert.deepEqual(await define(engine, [ECHO, warned], TEMPLATE), same);
  const turned = { params: { n: 1.5, x: [1, { a: 2, b: 1 }] }, action: "test.echo", id: "a" };
  const turnedTemplate = {
    ...TEMPLATE,
    input_schema: { properties: { m: {}, n: {} }, type: "object" },
  };
  assert.deepEqual(
    await define(engine, [turned, warned], turnedTemplate),
    same,
    "in another order of keys",
  );
  assert.equal(await versions(engine), 1);
  assert.equal(
    (await engine.opcode.run({ template_name: "w", agent_id: "bot" })).status,
    "completed",
  );
});

test("whatever else differs is another version", async () => {
  const engine = await openTestEngine();
  await define(engine, [ECHO], TEMPLATE);
  const { triggers: _, ...untriggered } = TEMPLATE;
  const others: [Json[], JsonObject][] = [
    [[{ ...ECHO, params: { ...ECHO.params, n: 1.6 } }], TEMPLATE],
    [[{ ...ECHO, params: { ...ECHO.params, x: [{ b: 1, a: 2 }, 1] } }], TEMPLATE],
    [[{ ...ECHO, params: { ...ECHO.params, n: parseJson("9007199254740993") } }], TEMPLATE],
    [[{ ...ECHO, params: { ...ECHO.params, n: parseJson("9007199254740992") } }], TEMPLATE],
    [[{ ...ECHO, params: { ...ECHO.params, n: "1.5" } }], TEMPLATE],
    [[{ ...ECHO, id: "b" }], TEMPLATE],
    [[ECHO], { ...TEMPLATE, description: "e" }],
    [[ECHO], { ...TEMPLATE, description: "" }],
    [[ECHO], { ...TEMPLATE, input_schema: { type: "object", properties: { n: {}, k: {} } } }],
    [[ECHO], { ...TEMPLATE, output_schema: {} }],
    [[ECHO], { ...TEMPLATE, triggers: { cron: [{ expression: "0 0 1 1 *" }] } }],
    [[ECHO], untriggered],
    [[ECHO], {}],
  ];
  for (const [i, [steps, more]] of others.entries()) {
    const reply = await define(engine, steps, more);
    assert.deepEqual(
      [reply.version, reply.unchanged],
      [`v${i + 2}`, undefined],
      JSON.stringify(more),
    );
  }
});

test("only the latest version counts: what is defined is what runs next", async () => {
  const engine = await openTestEngine();
  const other = { ...ECHO, params: 1 };
  await define(engine, [ECHO]);
  await define(engine, [{ ...other, params: {} }]);
  assert.deepEqual(await define(engine, [ECHO]), { name: "w", version: "v3" });
});

test("two defines at once of one definition are one version", async () => {
  const engine = await openTestEngine();
  const replies = await Promise.all(
    Array.from({ length: 5 }, (_, i) => define(engine, [ECHO], { agent_id: `bot-${i}` })),
  );
  assert.deepEqual(replies.map(({ version }) => version), Array(5).fill("v1"));
  assert.equal(replies.filter(({ unchanged }) => unchanged).length, 4);
  assert.equal(await versions(engine), 1);
});

test("under another name it is a template of its own, from another agent it is the same", async () => {
  const engine = await openTestEngine();
  await define(engine, [ECHO]);
  assert.deepEqual(await define(engine, [ECHO], { name: "v" }), { name: "v", version: "v1" });
  assert.equal((await define(engine, [ECHO], { agent_id: "other" })).unchanged, true);
  assert.equal((await engine.store.template("w", null))!.agentId, "bot", "whose version it is");
  assert.equal(await agentIn(engine.store, "other"), null, "nothing is stored");
});

test("a dry run says so, unless the definition is not valid any more", async () => {
  const engine = await openTestEngine();
  await define(engine, [ECHO]);
  const dry = (steps: Json[]) =>
    engine.opcode.dryRun({ name: "w", agent_id: "bot", definition: { steps } } as never);
  const same = await dry([ECHO]);
  assert.deepEqual([same.version, same.unchanged], ["v1", true]);
  const changed = await dry([{ ...ECHO, id: "b" }]);
  assert.deepEqual([changed.version, changed.unchanged], ["v2", undefined]);
});
