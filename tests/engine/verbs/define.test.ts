// What opcode.define stores, refuses and warns of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { RUN_STATUSES } from "../../../core/status.ts";
import type { OpcodeError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import { agentIn } from "../../support/agents-in.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const ECHO = { id: "a", action: "test.echo" };

function request(definition: Json, more: JsonObject = {}) {
  return { name: "w", agent_id: "bot", definition, ...more } as never;
}

test("a template that is not valid is refused with all faults of its stage, and not stored", async () => {
  const engine = await openTestEngine();
  const invalid: [Json, JsonObject, string[]][] = [
    [{}, {}, ["steps"]],
    [{ steps: [] }, { triggers: [], input_schema: 5 }, ["steps", "input_schema", "triggers"]],
    [{ steps: [ECHO, { ...ECHO, type: "lop" }] }, {}, ["steps[1].type", "steps[1].id"]],
    [
      {
        steps: [{ id: "a", action: "no.such", depends_on: ["b"] }, { id: "c", action: "fs.read" }],
      },
      {},
      ["steps[0].action", "steps[1].params.path", "steps[0].depends_on[0]"],
    ],
    [{ steps: [{ ...ECHO, depends_on: ["a"] }] }, {}, ["steps"]],
    [{ steps: [{ ...ECHO, timeout: "soon" }], timeout: "-1s" }, {}, [
      "steps[0].timeout",
      "timeout",
    ]],
    [{ steps: [ECHO] }, { output_schema: { type: "x" } }, ["output_schema.type"]],
  ];
  for (const [definition, more, paths] of invalid) {
    await assert.rejects(engine.opcode.define(request(definition, more)), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      const { errors, error_count } = error.details as {
        errors: JsonObject[];
        error_count: number;
      };
      assert.deepEqual(errors.map(({ path }) => path).sort(), paths.sort());
      assert.equal(error_count, paths.length);
      return true;
    });
  }
  assert.equal(await engine.store.template("w", null), null);
  assert.equal(await agentIn(engine.store, "bot"), null);
});

test("a definition keeps its context, and steps read it", async () => {
  const engine = await openTestEngine();
  const definition = {
    steps: [{ ...ECHO, params: { why: "${{context.intent}}", k: "${{context.deep.k}}" } }],
    context: { intent: "to know", deep: { k: 1 } },
  };
  await engine.opcode.define(request(definition));
  const { rows } = await engine.opcode.query({ resource: "templates" });
  assert.deepEqual(rows[0]!.definition, definition);
  const { output } = await engine.opcode.run({ template_name: "w", agent_id: "bot" });
  assert.deepEqual(output, { why: "to know", k: 1 });
});

test("durations may have several units", async () => {
  const engine = await openTestEngine();
  const definition = { steps: [{ ...ECHO, timeout: "1h30m" }], timeout: "1.5h30s" };
  assert.deepEqual(await engine.opcode.define(request(definition)), { name: "w", version: "v1" });
});

test("params that are missing count as none when a schema checks them", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [ECHO], {
    template: {
      input_schema: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] },
    },
  });
  const run = (params?: JsonObject) =>
    engine.opcode.run({ template_name: "w", agent_id: "bot", ...(params && { params }) });
  await assert.rejects(run(), { code: "VALIDATION_ERROR", message: /^params\.n: is required/ });
  assert.equal((await run({ n: 1 })).status, "completed");
});

test("warnings come with the version, at most a hundred", async () => {
  const engine = await openTestEngine();
  const steps = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ ...ECHO, id: `a.${i}` }));
  const few = await engine.opcode.define(request({ steps: steps(100) }));
  assert.equal(few.warnings!.length, 100);
  assert.deepEqual(few.warnings![99], {
    path: "steps[99].id",
    code: "VALIDATION_ERROR",
    message: '"a.99" contains ".", which separates nested ids: call it "a-99", or read it in ' +
      "brackets, steps['a.99']",
    severity: "warning",
  });
  const many = await engine.opcode.define(request({ steps: steps(101) }));
  assert.equal(many.warnings!.length, 100);
  assert.equal(many.warnings![99]!.message, "and 2 more warnings");
});

test("define and run register their agent, seen now; a known one keeps its row", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(1_000);
  await engine.opcode.define(request({ steps: [ECHO] }));
  assert.deepEqual(await agentIn(engine.store, "bot"), {
    id: "bot",
    name: "bot",
    type: "llm",
    createdAt: 1_000,
    lastSeenAt: 1_000,
    tallies: { decisions: 0, ...Object.fromEntries(RUN_STATUSES.map((status) => [status, 0])) },
  });
  engine.clock.advance(500);
  await engine.opcode.run({ template_name: "w", agent_id: "bot" });
  await engine.opcode.run({ template_name: "w", agent_id: "other" });
  const [known, fresh] = [await agentIn(engine.store, "bot"), await agentIn(engine.store, "other")];
  assert.deepEqual([known!.createdAt, known!.lastSeenAt], [1_000, 1_500]);
  assert.deepEqual([fresh!.createdAt, fresh!.lastSeenAt, fresh!.type], [1_500, 1_500, "llm"]);
});

test("v2, 2 and latest name a version; any other text is refused, an unknown number not found", async () => {
  const engine = await openTestEngine();
  for (let version = 1; version <= 10; version++) {
    await engine.define("w", [{ ...ECHO, params: { version } }]);
  }
  const run = async (version?: string) => {
    const reply = await engine.opcode.run({
      template_name: "w",
      agent_id: "bot",
      ...(version !== undefined && { version }),
    });
    return (reply.output as JsonObject).version;
  };
  for (const latest of [undefined, "", "latest", "LATEST", "v10", "10"]) {
    assert.equal(await run(latest), 10, String(latest));
  }
  assert.deepEqual([await run("v9"), await run("2"), await run("V1")], [9, 2, 1]);
  await assert.rejects(run("v11"), { code: "NOT_FOUND", message: /^template "w" v11 not found/ });
  await assert.rejects(run("newest"), { code: "VALIDATION_ERROR", message: /^version: must be/ });
});

test("an agent's id is 1 to 128 printable characters, whichever way it comes in", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", action: "crypto.uuid" }]);
  const { workflow_id } = await engine.opcode.run({ template_name: "w", agent_id: "a" });
  for (const agent_id of ["", " ", "x".repeat(129), "a\nb", "\ud800"]) {
    const calls = [
      () => engine.opcode.define({ name: "v", definition: { steps: [] }, agent_id }),
      () => engine.opcode.run({ template_name: "w", agent_id }),
      () => engine.opcode.signal({ workflow_id, signal_type: "data", agent_id }),
    ];
    for (const call of calls) {
      await assert.rejects(call(), (error: OpcodeError) => {
        assert.equal(error.code, "VALIDATION_ERROR");
        assert.match(error.message, /^agent_id: must /);
        return true;
      });
    }
  }
  const { agents } = await engine.opcode.agents();
  assert.deepEqual(agents.map(({ id }) => id).sort(), ["a", "test"]);
});

test("a name that stands for a run on the command line is warned of", async () => {
  const engine = await openTestEngine();
  const names: [string, RegExp | undefined][] = [
    ["last", /^"last" means the newest run wherever a run is asked for/],
    ["01a22682-c414-70f6-ad50-592f1700e2b6", /means the run of that id/],
    ["lasting", undefined],
    ["cafe", undefined],
  ];
  for (const [name, words] of names) {
    const { warnings = [] } = await engine.opcode.define(request({ steps: [ECHO] }, { name }));
    assert.deepEqual(warnings.map(({ path }) => path), words ? ["name"] : []);
    if (words) assert.match(warnings[0]!.message, words);
  }
});

test("a child that is not there, or does not take what it is given, is a warning", async () => {
  const engine = await openTestEngine();
  await engine.opcode.define({
    name: "report",
    agent_id: "test",
    definition: { inputs: { path: "" }, steps: [{ id: "a", action: "test.echo" }] },
    input_schema: { properties: { to: {} }, required: ["to"] },
  });
  const told = async (params: JsonObject) => {
    const { warnings = [] } = await engine.opcode.define({
      name: "parent",
      agent_id: "test",
      definition: { steps: [{ id: "w", action: "workflow.run", params }] },
      input_schema: { type: "object" },
    });
    return warnings.map(({ path, message }) => `${path}: ${message}`);
  };
  assert.deepEqual(await told({ template_name: "report", params: { to: "me", path: "/" } }), []);
  assert.deepEqual(await told({ template_name: "report", params: "${{inputs.all}}" }), []);
  assert.deepEqual(await told({ template_name: "${{inputs.name}}" }), []);
  assert.deepEqual(await told({ template_name: "parent", params: { any: 1 } }), []);
  const [missing] = await told({ template_name: "reprot" });
  assert.match(missing!, /^steps\[0\]\.params\.template_name: .* did you mean "report"\?/);
  assert.match(missing!, /: until it is defined, the step fails$/);
  assert.match(
    (await told({ template_name: "report", version: "v9" }))[0]!,
    /params\.version: .*v1/,
  );
  assert.deepEqual(await told({ template_name: "report", params: { to: "me", pth: 1 } }), [
    'steps[0].params.params.pth: is no input of template "report" (did you mean "path"?)',
  ]);
  assert.deepEqual(await told({ template_name: "report" }), [
    'steps[0].params.params.to: is required by template "report"',
  ]);
});
