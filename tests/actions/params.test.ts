// Coercion, defaults and rules of action params, and that every built-in schema can be checked.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import addFormats from "ajv-formats";
import Ajv2020 from "ajv/dist/2020.js";
import type { Action } from "../../actions/action.ts";
import { builtinActions } from "../../actions/builtin.ts";
import { DURATION, prepareParams } from "../../actions/params.ts";
import { createRegistry } from "../../actions/registry.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { failsWith } from "../support/action-context.ts";

function actionWith(properties: JsonObject, required: string[] = []): Action {
  return {
    name: "test.action",
    description: "",
    effects: "none",
    input: { type: "object", properties, required },
    output: {},
    execute: () => null,
  };
}

async function ready(properties: JsonObject, params: Json, required: string[] = []) {
  return (await prepareParams(actionWith(properties, required)))(params);
}

describe("text params", () => {
  const cases: [Json, string][] = [
    ["as is", "as is"],
    ["", ""],
    [5, "5"],
    [1234567, "1234567"],
    [0.00001, "0.00001"],
    [1e20, "100000000000000000000"],
    [-2.5, "-2.5"],
    [true, "true"],
    [false, "false"],
    [{ a: [1, "x", null] }, '{"a":[1,"x",null]}'],
    [[1, 2], "[1,2]"],
  ];
  for (const [given, expected] of cases) {
    test(`${JSON.stringify(given)} becomes ${JSON.stringify(expected)}`, async () => {
      assert.deepEqual(await ready({ t: { type: "string" } }, { t: given }), { t: expected });
    });
  }

  test("also as elements of arrays and values of maps, where null is absent", async () => {
    const properties = {
      list: { type: "array", items: { type: "string" } },
      map: { type: "object", additionalProperties: { type: "string" } },
    };
    const params = { list: ["-n", 5, true, null, { a: 1 }], map: { a: 1, b: null, c: [true] } };
    assert.deepEqual(await ready(properties, params), {
      list: ["-n", "5", "true", '{"a":1}'],
      map: { a: "1", c: "[true]" },
    });
  });

  test("a key named __proto__ stays a key", async () => {
    const properties = { map: { type: "object", additionalProperties: { type: "string" } } };
    const { map } = await ready(properties, JSON.parse('{"map":{"__proto__":"x"}}'));
    assert.deepEqual(Object.entries(map!), [["__proto__", "x"]]);
  });
});

describe("rules", () => {
  const cases: [string, JsonObject, Json, RegExp][] = [
    ["missing", { url: { type: "string" } }, {}, /^params\.url: is required$/],
    ["null is missing", { url: { type: "string" } }, { url: null }, /^params\.url: is required$/],
    ["empty", { url: { type: "string", minLength: 1 } }, { url: "" }, /^params\.url: must not be/],
    [
      "flag",
      { url: { type: "boolean" } },
      { url: "true" },
      /^params\.url: must be true or false; write true$/,
    ],
    [
      "number",
      { url: { type: "integer" } },
      { url: "5" },
      /^params\.url: must be an integer; write 5$/,
    ],
    ["least", { url: { type: "integer", minimum: 0 } }, { url: -1 }, /^params\.url: must be ≥ 0$/],
    ["most", { url: { type: "integer", maximum: 9 } }, { url: 10 }, /^params\.url: must be ≤ 9$/],
    ["choice", { url: { type: "string", enum: ["a", "b"] } }, { url: "c" }, /"a" or "b"$/],
    ["object", { url: { type: "object" } }, { url: [1] }, /^params\.url: must be an object$/],
    ["array", { url: { type: "array" } }, { url: {} }, /^params\.url: must be an array$/],
    ["either", { url: { type: ["integer", "boolean"] } }, { url: [] }, /of type integer or bool/],
    [
      "inside",
      { url: { type: "object", properties: { a: { type: "integer" } } } },
      { url: { a: "x" } },
      /^params\.url\.a: must be an integer$/,
    ],
    ["duration", { url: DURATION }, { url: "soon" }, /^params\.url: must be a duration such as/],
    ["bare number", { url: DURATION }, { url: 30 }, /^params\.url: must be a duration/],
    ["negative", { url: DURATION }, { url: "-5s" }, /^params\.url: must not be negative/],
  ];
  for (const [name, properties, params, message] of cases) {
    test(name, async () => {
      await assert.rejects(
        ready(properties, params, ["url"]),
        failsWith("VALIDATION_ERROR", message),
      );
    });
  }

  for (const params of [[], "text", 5, true]) {
    test(`params that are ${JSON.stringify(params)}`, async () => {
      await assert.rejects(ready({}, params), failsWith("VALIDATION_ERROR", /must be an object/));
    });
  }
});

test("defaults are filled in, unknown params dropped, absent params are {}", async () => {
  const properties = { level: { type: "string", default: "info" }, other: { type: "string" } };
  assert.deepEqual(await ready(properties, { extra: 1 }), { level: "info" });
  assert.deepEqual(await ready(properties, null), { level: "info" });
});

test("any value keeps its type, and its null", async () => {
  assert.deepEqual(await ready({ any: {} }, { any: null }, ["any"]), { any: null });
  assert.deepEqual(await ready({ any: {} }, { any: [1] }, ["any"]), { any: [1] });
});

test("fractions are cut off toward zero", async () => {
  assert.deepEqual(await ready({ n: { type: "integer" } }, { n: 3.9 }), { n: 3 });
  assert.deepEqual(await ready({ n: { type: "integer" } }, { n: -3.9 }), { n: -3 });
});

test("a schema with a keyword that is not checked is refused", async () => {
  await assert.rejects(ready({ t: { type: "string", multipleOf: 3 } }, {}), /multipleOf/);
  await assert.rejects(ready({ t: { type: "string", pattern: "^a$" } }, {}), /pattern/);
});

test("a list, a map and a text have limits, counted before anything is made of them", async () => {
  const schema = {
    list: { type: "array", items: { type: "string" }, maxItems: 2 },
    map: { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
    text: { type: "string", maxLength: 2 },
  };
  const full = { list: [1, 2], map: { a: 1, b: 2 }, text: "\u{1f600}\u{1f600}" };
  assert.deepEqual(await ready(schema, full), {
    ...full,
    list: ["1", "2"],
    map: { a: "1", b: "2" },
  });
  const refused: [JsonObject, RegExp][] = [
    [{ list: [{}, {}, {}] }, /^params\.list: must have at most 2 items, has 3$/],
    [{ map: { a: 1, b: 2, c: 3 } }, /^params\.map: must have at most 2 members, has 3$/],
    [{ text: 123 }, /^params\.text: must have at most 2 characters$/],
  ];
  for (const [params, message] of refused) {
    await assert.rejects(ready(schema, params), (error: Error) => message.test(error.message));
  }
});

test("every built-in action has a checkable input schema, an output schema and words", async () => {
  for (const action of builtinActions) {
    await prepareParams(action);
    const ajv = new Ajv2020.default({
      strict: true,
      strictRequired: false,
      allowUnionTypes: true,
    });
    addFormats.default(ajv);
    for (const schema of [action.input, action.output]) ajv.compile(schema);
    assert.ok(action.description.length > 20, action.name);
    assert.ok(Object.keys(action.output).length > 0, action.name);
  }
});

describe("the registry", () => {
  test("finds by name and lists sorted", () => {
    const registry = createRegistry(builtinActions);
    assert.equal(registry.get("http.get")?.name, "http.get");
    assert.equal(registry.get("no.such"), undefined);
    // Which there are is compared with the README (tests/house/readme.test.ts).
    assert.deepEqual(
      registry.list().map(({ name }) => name),
      builtinActions.map(({ name }) => name).sort(),
    );
  });

  test("refuses an empty name and a second action of one name", () => {
    const action = actionWith({});
    assert.throws(() => createRegistry([{ ...action, name: "" }]), failsWith("VALIDATION_ERROR"));
    for (const none of [null, {}, { ...action, name: 5 }]) {
      assert.throws(() => createRegistry([none as Action]), failsWith("VALIDATION_ERROR"));
    }
    assert.throws(() => createRegistry([action, action]), failsWith("CONFLICT", /test\.action/));
  });
});

test("effects are as declared", () => {
  const kinds = (effects: string) =>
    builtinActions.filter((action) => action.effects === effects).map(({ name }) => name).sort();
  assert.deepEqual(kinds("external"), [
    "fs.append",
    "fs.copy",
    "fs.delete",
    "fs.list",
    "fs.move",
    "fs.read",
    "fs.stat",
    "fs.write",
    "http.get",
    "http.post",
    "http.request",
    "shell.exec",
    "workflow.notify",
  ]);
  assert.deepEqual(kinds("store"), ["workflow.emit", "workflow.run"]);
  const repeatable = builtinActions.filter((action) => action.repeatable).map(({ name }) => name);
  assert.deepEqual(repeatable.sort(), ["fs.list", "fs.read", "fs.stat", "workflow.notify"]);
});
