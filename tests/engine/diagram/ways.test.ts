// Which arrows of a run are bold, and which are grey.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunStatus, StepStatus } from "../../../core/status.ts";
import { allNodes } from "../../../embed/diagram/picture.ts";
import { action, picture, SHOP, SHOP_RUN } from "../../embed/diagram/pictures.ts";

function ways(definition: unknown, steps: Record<string, StepStatus>, run: RunStatus): string[] {
  const standing = Object.entries(steps).map(([id, status]) => [id, { status }] as const);
  const of = picture(definition, { steps: Object.fromEntries(standing), run });
  const names = new Map([...allNodes(of.nodes)].map(({ key, name }) => [key, name]));
  return of.edges.map(({ from, to, way }) =>
    `${names.get(from)} ${way ?? "open"} ${names.get(to)}`
  );
}

test("the way taken, the branch passed by, and what is to come", () => {
  const of = picture(SHOP, SHOP_RUN);
  const names = new Map([...allNodes(of.nodes)].map(({ key, name }) => [key, name]));
  assert.deepEqual(
    of.edges.map(({ from, to, way }) => `${names.get(from)} ${way} ${names.get(to)}`),
    [
      "Start taken fetch-data",
      "fetch-data taken validate",
      "validate taken check-stock",
      "check-stock taken approval",
      "approval undefined ship",
      "ship undefined End",
      "check-stock taken process-payment",
      "check-stock passed notify-restock",
    ],
  );
});

const RESCUED = {
  steps: [
    action("a", { on_error: { strategy: "fallback_step", fallback_step: "rescue" } }),
    action("b", { depends_on: ["a"] }),
    action("rescue"),
  ],
};

test("where a fallback stood in, the way leads through it", () => {
  assert.deepEqual(
    ways(RESCUED, { a: "failed", rescue: "completed", b: "completed" }, "completed"),
    ["Start taken a", "a passed b", "b taken End", "a taken rescue", "rescue taken b"],
  );
});

test("where none was needed, it is passed by", () => {
  assert.deepEqual(
    ways(RESCUED, { a: "completed", rescue: "skipped", b: "completed" }, "completed"),
    ["Start taken a", "a taken b", "b taken End", "a passed rescue", "rescue passed b"],
  );
});

test("a run that ended early never comes to the rest", () => {
  const steps = { a: "failed", rescue: "pending", b: "pending" } as const;
  assert.deepEqual(
    new Set(ways(RESCUED, steps, "cancelled").slice(1).map((way) => way.split(" ")[1])),
    new Set(["passed"]),
  );
});
