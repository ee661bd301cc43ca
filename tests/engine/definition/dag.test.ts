// The order, the levels and the cycles of steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce } from "../../../core/slices.ts";
import {
  findCycles,
  type GraphStep,
  levels,
  topologicalOrder,
} from "../../../engine/definition/dag.ts";

const cyclesOf = (steps: readonly GraphStep[]) => atOnce(findCycles(steps));

/** `a>b` means that b depends on a. */
function graph(text: string): GraphStep[] {
  const steps = new Map<string, string[]>();
  const needs = (id: string) => {
    if (!steps.has(id)) steps.set(id, []);
    return steps.get(id)!;
  };
  for (const part of text.split(" ")) {
    const [from, to] = part.split(">") as [string, string?];
    needs(from);
    if (to !== undefined) needs(to).push(from);
  }
  return [...steps].map(([id, depends_on]) => ({ id, depends_on }));
}

test("order and levels do not depend on the order of definition", () => {
  const steps = graph("root>right root>left left>join right>join alone");
  for (const list of [steps, [...steps].reverse()]) {
    assert.deepEqual(topologicalOrder(list).order, ["alone", "root", "left", "right", "join"]);
    assert.deepEqual(levels(list), [["alone", "root"], ["left", "right"], ["join"]]);
  }
});

test("a step stands one level below the deepest of its dependencies", () => {
  assert.deepEqual(levels(graph("a>b b>c a>c c>d a>d")), [["a"], ["b"], ["c"], ["d"]]);
});

test("a repeated dependency counts once, an unknown one not at all", () => {
  const steps = [{ id: "a" }, { id: "b", depends_on: ["a", "a", "nobody"] }];
  assert.deepEqual(topologicalOrder(steps).order, ["a", "b"]);
});

test("no cycle is found where there is none", () => {
  assert.deepEqual(cyclesOf(graph("a>b b>c a>c")), []);
  assert.deepEqual(cyclesOf([]), []);
});

test("a step that depends on itself is a cycle", () => {
  assert.deepEqual(cyclesOf(graph("a a>b b>b")), [["b"]]);
});

test("only the members of a cycle are named, not the steps behind it", () => {
  const steps = graph("x>y y>z z>y z>after after>later ok>x");
  assert.deepEqual(cyclesOf(steps), [["y", "z"]]);
  assert.deepEqual(topologicalOrder(steps).order, ["ok", "x"]);
  assert.deepEqual([...topologicalOrder(steps).levels.keys()], ["ok", "x"]);
});

test("every cycle is found, at most twenty", () => {
  const steps = graph("a>b b>a c>d a>c d>e e>c e>e");
  assert.deepEqual(cyclesOf(steps), [["a", "b"], ["c", "e", "d"], ["e"]]);
  const selves = Array.from({ length: 30 }, (_, i) => ({ id: `s${i}`, depends_on: [`s${i}`] }));
  assert.equal(cyclesOf(selves).length, 20);
});

test("ten thousand steps in a chain or a ring are no problem", () => {
  const chain = Array.from({ length: 10_000 }, (_, i) => {
    return { id: `s${i}`, depends_on: i === 0 ? [] : [`s${i - 1}`] };
  });
  assert.equal(levels(chain).length, 10_000);
  chain[0]!.depends_on = ["s9999"];
  assert.equal(cyclesOf(chain)[0]!.length, 10_000);
});

test("ids like the names of object members are ids", () => {
  const steps = graph("constructor>toString toString>hasOwnProperty");
  assert.deepEqual(topologicalOrder(steps).order, ["constructor", "toString", "hasOwnProperty"]);
});
