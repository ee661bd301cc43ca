// What becomes of pictures with too many boxes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { atOnce } from "../../../core/slices.ts";
import { allNodes } from "../../../embed/diagram/picture.ts";
import { acyclic } from "../../../embed/diagram/ascii/cycles.ts";
import type { Picture } from "../../../embed/diagram/picture.ts";
import { countOf, fold } from "../../../engine/diagram/fold.ts";
import type { Standing } from "../../../engine/diagram/picture.ts";
import { action, picture } from "../../embed/diagram/pictures.ts";

function folded(definition: unknown, most: number, standing?: Standing, arrows = 10_000) {
  const of = atOnce(fold(picture(definition, standing), { boxes: most, arrows }));
  const nodes = [...allNodes(of.nodes)];
  return { of, nodes, labels: nodes.map(({ label }) => label.join(" | ")) };
}

const chain = (length: number) => ({
  steps: Array.from(
    { length },
    (_, i) => action(`c${i}`, i > 0 ? { depends_on: [`c${i - 1}`] } : {}),
  ),
});

test("a picture that can be read stays as it is", () => {
  const { of } = folded(chain(20), 60);
  assert.equal(countOf(of), 22);
  assert.deepEqual(of.notes, []);
});

test("the middle of a long chain is drawn as one box that says how many it holds", () => {
  const { of, labels } = folded(chain(1_000), 20);
  assert.equal(countOf(of), 20);
  assert.deepEqual(labels.filter((label) => label.includes("…")), [
    "c8 … c990 | 983 steps in a row",
  ]);
  assert.deepEqual(of.notes, ["983 of 1000 steps are drawn together, to be readable"]);
  assert.equal(of.edges.length, 19);
});

test("steps with the same neighbours are drawn as one box", () => {
  const wide = Array.from({ length: 1_000 }, (_, i) => action(`w${i}`, { depends_on: ["src"] }));
  const { of, labels } = folded({
    steps: [action("src"), ...wide, action("join", { depends_on: wide.map(({ id }) => id) })],
  }, 10);
  assert.equal(countOf(of), 10);
  assert.equal(labels.filter((label) => label.includes("995 steps side by side")).length, 1);
});

test("of a thousand steps beside each other eight stay to be seen, however much room there is", () => {
  const wide = Array.from({ length: 1_000 }, (_, i) => action(`w${i}`, { depends_on: ["src"] }));
  const { of, labels } = folded({ steps: [action("src"), ...wide] }, 100);
  assert.equal(countOf(of), 12);
  assert.equal(labels.filter((label) => label.includes("992 steps side by side")).length, 1);
});

test("a large loop is closed, with the count of what it holds", () => {
  const body = Array.from({ length: 200 }, (_, i) => action(`b${i}`));
  const steps = [{ id: "each", type: "loop", config: { over: [1], body } }];
  const { labels } = folded({ steps }, 10);
  assert.deepEqual(labels, ["Start", "each | (for each of [1]) | 200 steps inside", "End"]);
});

test("what failed stays to be seen as long as something else can be folded", () => {
  const steps = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [
      `c${i}`,
      { status: i < 150 ? "completed" : i === 150 ? "failed" : "pending" } as const,
    ]),
  );
  const { nodes } = folded(chain(300), 12, { steps, run: "failed" });
  assert.deepEqual(nodes.filter(({ status }) => status === "failed").map(({ label }) => label[0]), [
    "c150",
  ]);
  const all = folded(chain(300), 3, { steps, run: "failed" });
  const [one] = all.nodes.filter(({ holds }) => holds > 1);
  assert.equal(one!.status, "failed");
  assert.match(one!.label[2]!, /150 completed/);
});

test("rows of steps side by side fold again as a chain", () => {
  const rows = Array.from({ length: 1_000 }, (_, i) => {
    const row = Math.floor(i / 10);
    const above = Array.from({ length: 10 }, (_, j) => `s${(row - 1) * 10 + j}`);
    return action(`s${i}`, { depends_on: row > 0 ? above : [] });
  });
  const { of, nodes } = folded({ steps: rows }, 40);
  assert.equal(countOf(of), 40);
  assert.equal(nodes.reduce((sum, { holds }) => sum + holds, 0), 1_000);
});

test("arrows keep their ends, none is double, and none leads from a box to itself", () => {
  const { of, nodes } = folded(chain(1_000), 20);
  const keys = new Set(nodes.map(({ key }) => key));
  const seen = new Set<string>();
  for (const { from, to } of of.edges) {
    assert.ok(keys.has(from) && keys.has(to) && from !== to);
    assert.ok(!seen.has(`${from} ${to}`));
    seen.add(`${from} ${to}`);
  }
});

/** Each step after two of the `reach` before it, at random. */
function tangle(length: number, reach: number) {
  let seed = 7;
  const back = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 1 + (seed >> 20) % reach;
  };
  const before = (i: number) => [...new Set([`s${i - back()}`, `s${i - back()}`])];
  return {
    steps: Array.from(
      { length },
      (_, i) => action(`s${i}`, i >= reach ? { depends_on: before(i) } : {}),
    ),
  };
}

test("where no steps are alike, those side by side are folded, then several stages", () => {
  for (const reach of [4, 8, 30, 150]) {
    const { of, nodes, labels } = folded(tangle(300, reach), 50);
    assert.ok(countOf(of) <= 50, `${countOf(of)} boxes`);
    assert.equal(nodes.reduce((sum, { holds }) => sum + holds, 0), 300);
    assert.ok(labels.some((label) => /steps (side by side|in several stages)/.test(label)));
    assertForward(of);
  }
});

test("too many arrows are folded as too many boxes are", () => {
  const steps = Array.from(
    { length: 60 },
    (_, i) => action(`s${i}`, { depends_on: Array.from({ length: i }, (_, j) => `s${j}`) }),
  );
  const { of, nodes } = folded({ steps }, 100, undefined, 110);
  assert.ok(of.edges.length <= 110, `${of.edges.length} arrows`);
  assert.ok(nodes.length > 8, "no more than needed");
  assert.equal(nodes.reduce((sum, { holds }) => sum + holds, 0), 60);
  assertForward(of);
});

test("in a tangle too what failed stays to be seen", () => {
  const steps = Object.fromEntries(
    Array.from({ length: 300 }, (_, i) => [
      `s${i}`,
      { status: i < 150 ? "completed" : i === 150 ? "failed" : "skipped" } as const,
    ]),
  );
  const { nodes } = folded(tangle(300, 8), 40, { steps, run: "failed" });
  const failed = nodes.filter(({ status }) => status === "failed");
  assert.deepEqual(failed.map(({ label }) => label[0]), ["s150"]);
});

test("what would lie far to the sides is folded, however few boxes there are", () => {
  const branches = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [`k${i}`, [action(`do${i}`)]]),
  );
  const wide = Array.from({ length: 30 }, (_, i) => action(`w${i}`));
  const steps = [
    { id: "choose", type: "condition", config: { expression: "x", branches } },
    ...wide,
  ];
  const running: Standing = { run: "active", steps: { "choose.k3.do3": { status: "running" } } };
  const at = (beside: number) => {
    const of = atOnce(
      fold(picture({ steps }, running), { boxes: 100, arrows: 200, beside }),
    );
    return [...allNodes(of.nodes)].map(({ label }) => label.join(" | "));
  };
  assert.equal(at(30).length, 63);
  const labels = at(24);
  assert.equal(labels.length, 12);
  assert.ok(labels.includes("choose | (x) | 30 steps inside | one of them running"));
  assert.equal(labels.filter((label) => label.includes("22 steps side by side")).length, 1);
});

/** Fails on a ring: no box leads to itself over others. */
function assertForward({ nodes, edges }: Picture): void {
  const { back } = acyclic(nodes.map(({ key }) => key), edges);
  assert.deepEqual(back, []);
}

test("folding pauses", () => {
  const of = picture(chain(3_000));
  assert.ok([...fold(of, { boxes: 50, arrows: 100 })].length >= 3);
});
