// How a name that is not known is told.

import assert from "node:assert/strict";
import { test } from "node:test";
import { unknownName } from "../../core/unknown.ts";

const known = ["params", "version"];
const what = "a known field";

test("names that are all known are no problem", () => {
  assert.equal(unknownName([], known, { what }), undefined);
  assert.equal(unknownName(["version", "params"], known, { what }), undefined);
});

test("the first that is not known is told, with the nearest, and how many more there are", () => {
  assert.deepEqual(unknownName(["params", "verson", "x", "y"], known, { what }), {
    name: "verson",
    rule: 'is not a known field (did you mean "version"?); nor is x; nor is y',
  });
});

test("what others call it names ours, and a list of what is known comes last", () => {
  const meant = { inputs: "params" };
  assert.deepEqual(unknownName(["inputs"], known, { what, meant, lists: true }), {
    name: "inputs",
    rule: 'is not a known field (did you mean "params"?); known are params, version',
  });
  for (const name of ["constructor", "__proto__"]) {
    assert.equal(unknownName([name], known, { what, meant })!.rule, "is not a known field");
  }
});

test("what knows no names says that it takes none", () => {
  const rule = (given: string[]) => unknownName(given, [], { what, lists: true })!.rule;
  assert.equal(rule(["x"]), "is not a known field; it takes none");
  assert.equal(rule(["x", "y"]), "is not a known field; nor is y; it takes none");
});

test("what does not look like a name is told as JSON", () => {
  const names = [["a b\n", '"a b\\n"'], ["\ud800", '"\\ud800"'], ["", '""']] as const;
  for (const [name, shown] of names) {
    assert.equal(unknownName([name], known, { what })!.name, shown);
  }
});

test("a long name is cut, and of thousands five are told", () => {
  const { name, rule } = unknownName(
    Array.from({ length: 9_900 }, (_, i) => "k".repeat(5_000) + i),
    known,
    { what },
  )!;
  const others = `; nor is ${"k".repeat(30)}…`.repeat(4);
  assert.deepEqual([name.length, rule], [
    101,
    `is not a known field${others}; nor are 9895 more`,
  ]);
});
