// What an agent that saw only the MCP interface wrote for the tasks about a run's course: 6, 7 and 11 to 14.

import type { JsonObject } from "../../../core/json.ts";
import { get, post } from "./data.ts";

const expression = (id: string, text: string, more: JsonObject = {}) => ({
  id,
  action: "expr.eval",
  params: { expression: text },
  ...more,
});
const ORDERS = "${{size(steps.orders.output.body.orders)}}";

/** The definitions by the names of their templates, for a world at `url`. */
export const courseTasks = (url: string) => ({
  "t6-approve": approval(url, "1h"),
  "t6-expires": approval(url, "50ms"),
  "t7-race": race(url, "50ms"),
  "t7-race, patient": race(url, "1h"),
  "t11-broken": {
    steps: [
      get("orders", `${url}/orders?of=11`),
      get("broken", `${url}/broken`, { depends_on: ["orders"] }),
      post("post", url, { n: ORDERS, mended: "${{steps.broken.output.body.mended}}" }, {
        depends_on: ["broken"],
      }),
    ],
  },
  "t11-mend": { steps: [get("mend", `${url}/mended`)] },
  "t12-fork": {
    inputs: { path: "page/1" },
    steps: [
      get("orders", `${url}/orders?of=12`),
      get("page", `${url}/\${{inputs.path}}`, { depends_on: ["orders"] }),
      post("post", url, { n: ORDERS, title: "${{steps.page.output.body.title}}" }, {
        depends_on: ["page"],
      }),
    ],
  },
  "t14-v, v1": { inputs: { x: 1 }, steps: [expression("a", "inputs.x + 1")] },
  "t14-v, v2": {
    inputs: { x: 1 },
    steps: [
      expression("a", "inputs.x + 2"),
      expression("b", "steps.a.output.result * 10", { depends_on: ["a"] }),
    ],
  },
});

function approval(url: string, timeout: string) {
  const act = (id: string, shipped: boolean) =>
    post(id, url, { shipped, by: "${{steps.ask.output.resolved_by}}" });
  return {
    steps: [
      {
        id: "ask",
        type: "reasoning",
        config: {
          prompt_context: "Ship order 1 (250)?",
          options: [
            { id: "approve", description: "ship it" },
            { id: "reject", description: "do not ship" },
          ],
          timeout,
          fallback: "reject",
        },
      },
      {
        id: "act",
        type: "condition",
        depends_on: ["ask"],
        config: {
          expression: "steps.ask.output.choice",
          branches: { approve: [act("ship", true)], reject: [act("drop", false)] },
        },
      },
    ],
  };
}

function race(url: string, limit: string) {
  return {
    inputs: { ms: 3000 },
    steps: [
      {
        id: "race",
        type: "parallel",
        config: {
          mode: "race",
          branches: [
            [get("slow", `${url}/slow?ms=\${{inputs.ms}}`)],
            [{ id: "timer", type: "wait", config: { duration: limit } }],
          ],
        },
      },
      {
        id: "who",
        type: "condition",
        depends_on: ["race"],
        config: {
          expression: "steps.race.output.winner == 1",
          branches: {
            true: [expression("late", "'timer won'")],
            false: [expression("ok", "'http won'")],
          },
        },
      },
    ],
  };
}
