// What is known of a value's tokens before any run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCel } from "../../../embed/cel.ts";
import {
  celStepReferences,
  checkTemplates,
  needsCel,
  stepReferences,
} from "../../../engine/interpolate/references.ts";

test("steps that tokens mention, each once", () => {
  assert.deepEqual(
    stepReferences({
      a: "${{steps.one.output.x}} and ${{steps['two.true.x'].output}}",
      "${{steps.key.output}}": [{ b: "${{steps.one.status}}" }],
      c: "${{steps.three.n > 3 && steps['fo-ur'].ok}}",
      d: "${{inputs.steps.no}} steps.no.output",
      malformed: "${{steps.no.output",
    }),
    ["one", "two.true.x", "key", "three", "fo-ur"],
  );
  assert.deepEqual(stepReferences(["${{steps.a-b.output}}", 1, null]), ["a-b"]);
});

test("steps that a CEL source mentions", () => {
  assert.deepEqual(
    celStepReferences('steps.a.x == 1 && steps [ "b-c" ].y && inputs.steps.d && mysteps.e'),
    ["a", "b-c"],
  );
});

test("malformed tokens are listed with their paths", async () => {
  const { compile } = await loadCel();
  const problems = checkTemplates({
    fine: "${{inputs.a}}",
    url: "http://${{inputs.",
    headers: { Auth: "${{nope.x}}", "${{}}": 1 },
    list: [{ x: "${{inputs.n > }}" }, "${{inputs.n > 3}}"],
  }, compile);
  assert.deepEqual(problems.map(({ path }) => path), [
    "url",
    "headers.Auth",
    "headers.${{}}",
    "list[0].x",
  ]);
  assert.match(problems[1]!.message, /unknown namespace "nope"/);
  assert.deepEqual(checkTemplates("${{}}").map(({ path }) => path), [""]);
});

test("whether a value takes CEL", () => {
  assert.equal(needsCel({ a: ["${{inputs.a-b.c}} text ${{steps['x'].output}}"] }), false);
  assert.equal(needsCel({ a: ["${{inputs.a}}", "${{inputs.a > 1}}"] }), true);
});
