// Pictures to be drawn by tests of each format.

import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import { atOnce } from "../../../core/slices.ts";
import { buildDiagram } from "../../../engine/diagram/draw.ts";
import { pictureOf, type Standing } from "../../../engine/diagram/picture.ts";
import type { Picture } from "../../../embed/diagram/picture.ts";

export function action(id: string, more: Partial<StepDefinition> = {}): StepDefinition {
  return { id, action: "http.request", ...more };
}

export function picture(definition: unknown, standing?: Standing): Picture {
  return atOnce(pictureOf(buildDiagram(definition as WorkflowDefinition), standing));
}

/** A shop: fetch, validate, a condition of two branches, a question, and shipping. */
export const SHOP = {
  steps: [
    action("fetch-data"),
    { id: "validate", action: "jq", depends_on: ["fetch-data"] },
    {
      id: "check-stock",
      type: "condition",
      depends_on: ["validate"],
      config: {
        expression: "steps.validate.result",
        branches: {
          in_stock: [action("process-payment")],
          out_of_stock: [action("notify-restock")],
        },
      },
    },
    {
      id: "approval",
      type: "reasoning",
      depends_on: ["check-stock"],
      config: { options: [{ id: "approve" }, { id: "reject" }] },
    },
    { id: "ship", action: "shell.exec", depends_on: ["approval"] },
  ],
};

export const SHOP_RUN: Standing = {
  run: "suspended",
  steps: {
    "fetch-data": { status: "completed", durationMs: 450 },
    "validate": { status: "completed", durationMs: 12 },
    "check-stock": { status: "completed", durationMs: 3 },
    "check-stock.in_stock.process-payment": { status: "completed", durationMs: 890, retries: 2 },
    "approval": { status: "suspended" },
    "ship": { status: "pending" },
  },
};

export const HOSTILE = [
  'a"] --> evil["',
  "</text><script>alert(1)</script>",
  "\\N\\G\\E\\n",
  "&lt;&#35;&amp;",
  "x\n  y\u0000\u001b[31m",
  "sep\u2028\u202etxt",
  "\ud800 lone",
  "<b>x</b>",
  "cluster_0",
];
