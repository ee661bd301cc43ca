// Which default inputs and contexts are refused, because they mean something in other tools only.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { errorsOf, step, warningsOf, workflow } from "./support.ts";

const one = (more: JsonObject) => ({ ...workflow(step("s")), ...more });

test("a declaration among the default inputs is refused, with where it belongs", () => {
  const [error, ...others] = errorsOf(
    one({ inputs: { n: { type: "number", default: 3, required: true }, ok: 1 } }),
  );
  assert.deepEqual(others, []);
  assert.match(error!, /^inputs\.n: is a default of this very object: a type is declared in the/);
  assert.ok(
    error!.includes('{"properties":{"n":{"type":"number"}}}, and {"n":3} in inputs'),
  );
  assert.match(error!, /"x-literal": true beside "steps" says so$/);
});

const DECLARED: Json[] = [
  { type: "string" },
  { type: "string", description: "whose", enum: ["a", "b"] },
  { type: ["string", "null"] },
  { type: "array", items: { type: "string" } },
  { type: "boolean", required: false },
];

for (const value of DECLARED) {
  test(`${JSON.stringify(value)} is a declaration, in inputs and in context`, () => {
    for (const name of ["inputs", "context"]) {
      assert.equal(errorsOf(one({ [name]: { n: value } })).length, 1);
      assert.deepEqual(errorsOf(one({ [name]: { n: value }, "x-literal": true })), []);
    }
  });
}

test("a whole schema in the place of the inputs is told once", () => {
  const inputs = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
  const errors = errorsOf(one({ inputs }));
  assert.equal(errors.length, 1);
  assert.match(
    errors[0]!,
    /^inputs: holds default values, .*, not a JSON Schema: that is the input_sch/,
  );
});

test("the bare name of a type is a warning", () => {
  const definition = one({ inputs: { n: "number" } });
  assert.deepEqual(errorsOf(definition), []);
  assert.match(
    warningsOf(definition)[0]!,
    /^inputs\.n: the default is the text "number"; a type is/,
  );
});

test("values that only have something of a schema are values", () => {
  const inputs = {
    event: { type: "string", source: "x" },
    filter: { type: "invoice" },
    place: { default: 1 },
    list: [{ type: "number" }],
    mode: "strict",
  };
  const definition = one({ inputs, context: { intent: "string", type: "object" } });
  assert.deepEqual([errorsOf(definition), warningsOf(definition)], [[], []]);
});

test("tokens in the context stay text, which is told", () => {
  const definition = one({ context: { a: { b: "${{inputs.x}}" } } });
  assert.match(warningsOf(definition)[0]!, /^context: tokens \$\{\{…\}\} in it stay text/);
});
