// Which names of its environment an Expr program uses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadExpr } from "../../../embed/expr.ts";

const expr = await loadExpr();
const names = (source: string) =>
  expr.freeNames(source).map(({ name, members, asked }) =>
    `${name}${members.map((member) => `.${member}`).join("")}${asked ? "?" : ""}`
  );

const CASES: [source: string, names: string[]][] = [
  ["a + b", ["a", "b"]],
  ["a.x.y + a['z']", ["a.x.z"]],
  ["a[b]", ["a", "b"]],
  ["$env.a + $env['b']", ["a", "b"]],
  ["$env", []],
  ["let x = a; x + y", ["a", "y"]],
  ["(let x = 1; x) + x", ["x"]],
  ["filter(a, # > b && .c > 1)", ["a", "b"]],
  ["a ?? 1", ["a?"]],
  ["a.x ?? 1", ["a.x?"]],
  ["a?.x.y", ["a.x?"]],
  ["a == nil ? b : a", ["a?", "b"]],
  ["nil != a", ["a?"]],
  ["{k: a, 'l': [b]}", ["a", "b"]],
  ["a | map(.x) | len()", ["a"]],
  ["'a' + `b`", []],
];
for (const [source, expected] of CASES) {
  test(source, () => assert.deepEqual(names(source), expected));
}
