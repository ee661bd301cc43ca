// What is known of a value's tokens before any run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadCel } from "../../../embed/cel.ts";
import { celReads, needsCel, readTemplate } from "../../../engine/interpolate/references.ts";

const { compile } = await loadCel();

function chains(reads: readonly { namespace: string; keys: string[] }[]): string[] {
  return reads.map(({ namespace, keys }) => [namespace, ...keys].join("|"));
}

test("what the tokens of a text read", () => {
  const { reads, literals, problems } = readTemplate(
    "a ${{steps.one.output.x}} b ${{steps['two.true.x'].output}} ${{inputs.x.y}}c",
    compile,
  );
  assert.deepEqual(chains(reads), ["steps|one|output|x", "steps|two.true.x|output", "inputs|x|y"]);
  assert.deepEqual(reads.map(({ remainder }) => remainder), ["one.output.x", null, "x.y"]);
  assert.ok(reads.every(({ computed }) => !computed));
  assert.deepEqual(literals, ["a ", " b ", " ", "c"]);
  assert.deepEqual(problems.map(({ message }) => message), []);
});

test("what a CEL source reads: no string literals, and functions are no fields", () => {
  const source = 'steps.a.x == 1 && steps [ "b-c" ].y.size() > 0 && inputs.steps.d[0].e && ' +
    "mysteps.e && 'see steps.f' != \"and inputs.g\" && context.steps.h && steps['it\\'s'].ok";
  assert.deepEqual(chains(celReads(source)), [
    "steps|a|x",
    "steps|b-c|y",
    "inputs|steps|d",
    "steps|it's|ok",
  ]);
  const { reads } = readTemplate("${{steps.three.n > 3 && inputs.x in ['y']}}", compile);
  assert.deepEqual(chains(reads), ["steps|three|n", "inputs|x"]);
  assert.ok(reads.every(({ computed }) => computed));
});

test("each malformed token is reported, and the others are read all the same", () => {
  const { problems: thrown, reads } = readTemplate(
    "${{nope.x}} ${{}} ${{inputs.n > }} ${{inputs.a}} ${{inputs.",
    compile,
  );
  const problems = thrown.map(({ message }) => message);
  assert.equal(problems.length, 4);
  assert.match(problems[0]!, /unknown namespace "nope"/);
  assert.match(problems[1]!, /empty/);
  assert.match(problems[2]!, /neither a path nor a valid expression/);
  assert.match(problems[3]!, /the closing "}}" is missing/);
  assert.deepEqual(chains(reads), ["inputs|a"]);
});

test("whether a value takes CEL", () => {
  assert.equal(needsCel({ a: ["${{inputs.a-b.c}} text ${{steps['x'].output}}"] }), false);
  assert.equal(needsCel({ a: ["${{inputs.a}}", "${{inputs.a > 1}}"] }), true);
  assert.equal(needsCel({ "${{inputs.a > 1}}": 1 }), true);
});
