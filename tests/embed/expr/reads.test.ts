// Whether a program is found to read all that it reads, and little more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createExpr } from "../../../embed/expr/engine.ts";
import { membersOf } from "../../../embed/reads.ts";

const { compile } = createExpr({ ownFunctionsOnly: true });

/** What a source reads of a variable, as a text. */
function read(source: string, variable = "steps"): string {
  const members = membersOf(compile(source).reads, variable);
  return members === undefined ? "" : members === "all" ? members : [...members].sort().join();
}

test("members that are named are read alone, however they are named and wherever it is", () => {
  const sources = {
    "1 + 1": "",
    "steps.a": "a",
    "steps.a.n + steps['b-c'].n": "a,b-c",
    "steps?.a?.n ?? steps?.['b']": "a,b",
    "$env.steps.a == $env['steps']['b'].n": "a,b",
    "map(steps.a.list, # + steps.b.n)": "a,b",
    "let x = steps.a; x.n": "a",
    "inputs.n > 1 ? steps.a : -steps.b": "a,b",
    "{k: steps.a, (steps.b): [steps.c]}": "a,b,c",
    "steps.a.list[steps.b.n:steps.c.n]": "a,b,c",
    "steps.a.when.Add(duration(steps.b))": "a,b",
    "len(steps.a) in [1] and not any(steps.b, # matches steps.c)": "a,b,c",
    [Array.from({ length: 300 }, (_, i) => `steps.s${i % 2}`).join(" + ")]: "s0,s1",
    "steps.a; steps.b": "a,b",
  };
  for (const [source, expected] of Object.entries(sources)) {
    assert.equal(read(source), expected, source.slice(0, 100));
  }
});

test("what is computed, listed or passed on may be any member", () => {
  const sources = [
    "steps",
    "$env",
    "keys($env)",
    "steps[data]",
    "steps.a.n + len(steps)",
    "'a' in steps",
    "let s = steps; s.a",
    "map(['a'], steps[#])",
    "steps[inputs.n ? 'a' : 'b']",
    "$env[data].a",
    "toJSON(steps)",
    "[steps] == []",
    "steps?.[data]",
  ];
  for (const source of sources) assert.equal(read(source), "all", source);
});

test("every variable may be an input", () => {
  assert.equal(read("threshold + inputs.n + other.x", "inputs"), "inputs,n,other,threshold");
  assert.equal(read("keys(inputs)", "inputs"), "all");
  assert.equal(read("context.a + workflow.name", "context"), "a");
});
