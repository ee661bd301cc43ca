// What the Mermaid pictures of workflows and runs look like, byte for byte.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepStatus } from "../../../core/status.ts";
import { atOnce } from "../../../core/slices.ts";
import type { StepDefinition, WorkflowDefinition } from "../../../engine/definition/types.ts";
import { renderMermaid } from "../../../engine/diagram/mermaid.ts";
import { buildDiagram } from "../../../engine/diagram/draw.ts";
import type { DiagramModel } from "../../../engine/diagram/model.ts";
import { pictureOf } from "../../../engine/diagram/picture.ts";
import type { StepStatuses } from "../../../engine/diagram/overlay.ts";

/** All of the text at once. */
const rendered = (model: DiagramModel, steps?: StepStatuses): string =>
  atOnce(renderMermaid(atOnce(pictureOf(model, steps && { steps }))));

function action(id: string, more: Partial<StepDefinition> = {}): StepDefinition {
  return { id, action: "http.request", ...more };
}

function states(table: Record<string, StepStatus>): StepStatuses {
  return Object.fromEntries(Object.entries(table).map(([id, status]) => [id, { status }]));
}

const SHOP: WorkflowDefinition = {
  steps: [
    action("fetch-data"),
    { id: "validate", action: "jq.transform", depends_on: ["fetch-data"] },
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
} as unknown as WorkflowDefinition;

const CLASSES = `\
  classDef completed fill:#2d6a2d,stroke:#1a4a1a,color:#fff
  classDef failed fill:#8b1a1a,stroke:#5c0e0e,color:#fff
  classDef running fill:#1a5276,stroke:#0e3a52,color:#fff
  classDef retrying fill:#6c3483,stroke:#4a235a,color:#fff
  classDef suspended fill:#b7791a,stroke:#8a5c14,color:#fff
  classDef pending fill:#6b6b6b,stroke:#4a4a4a,color:#fff
  classDef scheduled fill:#6b6b6b,stroke:#4a4a4a,color:#fff
  classDef skipped fill:#4a4a4a,stroke:#333,color:#aaa,stroke-dasharray:5 5
`;

const SHOP_STRUCTURE = `\
graph TD
%% Workflow
  n0(("Start"))
  n1["fetch-data<br/>(http.request)"]
  n2["validate<br/>(jq.transform)"]
  n3{"check-stock<br/>(steps.validate.result)"}
  subgraph g0["check-stock: in_stock"]
    n4["process-payment (http.request)"]
  end
  subgraph g1["check-stock: out_of_stock"]
    n5["notify-restock (http.request)"]
  end
  n6{{"approval<br/>(approve or reject)"}}
  n7["ship<br/>(shell.exec)"]
  n8(("End"))
  n0 --> n1
  n1 --> n2
  n2 --> n3
  n3 --> n6
  n6 --> n7
  n7 --> n8
  n3 -->|"in_stock"| n4
  n3 -->|"out_of_stock"| n5
  n4 ~~~ n6
  n5 ~~~ n6
${CLASSES}`;

test("a template is drawn with its branches, byte for byte", () => {
  assert.equal(rendered(buildDiagram(SHOP)), SHOP_STRUCTURE);
});

test("a run is the same picture with a class for each step", () => {
  const text = rendered(
    buildDiagram(SHOP),
    states({
      "fetch-data": "completed",
      "validate": "completed",
      "check-stock": "completed",
      "check-stock.in_stock.process-payment": "completed",
      "approval": "suspended",
      "ship": "pending",
    }),
  );
  assert.equal(
    text,
    SHOP_STRUCTURE + `\
  class n1 completed
  class n2 completed
  class n3 completed
  class n4 completed
  class n5 skipped
  class n6 suspended
  class n7 pending
  linkStyle 0,1,2,3,6 stroke-width:3px
  linkStyle 7 stroke:#aaaaaa,color:#aaaaaa
`,
  );
});

test("the order of definition and of object keys of statuses does not change the picture", () => {
  const reversed = { steps: [...SHOP.steps].reverse() };
  assert.equal(rendered(buildDiagram(reversed)), SHOP_STRUCTURE);
});

function edgesOf(definition: WorkflowDefinition): string[] {
  const text = rendered(buildDiagram(definition));
  const names = new Map(
    [...text.matchAll(/^ +(n\d+)[[({]+"([\w-]+)/gm)].map(([, key, name]) => [key!, name!]),
  );
  return [...text.matchAll(/^ +(n\d+) (-\S+?>)(?:\|"(.*?)"\|)? (n\d+)$/gm)].map(
    ([, from, arrow, label, to]) =>
      `${names.get(from!)} ${arrow} ${label === undefined ? "" : `(${label}) `}${names.get(to!)}`,
  );
}

test("a fallback hangs on the step that falls back, and leads to what follows that step", () => {
  const on_error = { strategy: "fallback_step", fallback_step: "rescue" } as const;
  const edges = edgesOf({
    steps: [
      action("a", { on_error }),
      action("b", { depends_on: ["a"] }),
      action("rescue", { depends_on: ["a"] }),
    ],
  });
  assert.deepEqual(edges, [
    "Start --> a",
    "a --> b",
    "b --> End",
    "a -.-> (on error) rescue",
    "rescue -.-> b",
  ]);
});

test("one fallback for a whole chain leads to the end only", () => {
  const on_error = { strategy: "fallback_step", fallback_step: "rescue" } as const;
  const edges = edgesOf({
    steps: [
      action("a", { on_error }),
      action("b", { depends_on: ["a"], on_error }),
      action("rescue"),
    ],
  });
  assert.deepEqual(edges.filter((edge) => edge.includes("-.->")), [
    "a -.-> (on error) rescue",
    "b -.-> (on error) rescue",
    "rescue -.-> End",
  ]);
});

test("hooks are drawn behind the end", () => {
  const edges = edgesOf({
    steps: [action("a")],
    on_complete: action("bye"),
    on_error: action("oops"),
  });
  assert.deepEqual(edges.slice(-2), ["End -.-> (on complete) bye", "End -.-> (on error) oops"]);
});

const NESTED: WorkflowDefinition = {
  steps: [{
    id: "each",
    type: "loop",
    config: {
      over: [1, 2],
      body: [
        {
          id: "fan",
          type: "parallel",
          config: { branches: [[action("x"), action("y")], [action("z")], []] },
        },
        action("after"),
      ],
    },
  }],
} as unknown as WorkflowDefinition;

test("nested steps are drawn at every depth, in the order of their lists", () => {
  assert.deepEqual(edgesOf(NESTED), [
    "Start --> each",
    "each --> End",
    "each --> (body) fan",
    "fan --> after",
    "fan --> (branch_0) x",
    "x --> y",
    "fan --> (branch_1) z",
  ]);
});

test("the iterations of a loop show as the worst of them, with a count", () => {
  const text = rendered(
    buildDiagram(NESTED),
    states({
      "each": "running",
      "each.iter_0.fan": "completed",
      "each.iter_0.fan.branch_0.x": "completed",
      "each.iter_1.fan": "running",
      "each.iter_1.fan.branch_0.x": "failed",
      "each.iter_2.fan.branch_0.x": "running",
    }),
  );
  assert.match(text, /n2\[\["fan \(parallel, all\)<br\/>1\/2"\]\]/);
  assert.match(text, /n3\["x \(http.request\)<br\/>2\/3"\]/);
  assert.deepEqual(text.match(/^ {2}class .*$/gm), [
    "  class n1 running",
    "  class n2 running",
    "  class n3 failed",
    // What no iteration has come to yet.
    "  class n6 pending",
  ]);
});

test("a loop without iterations has skipped its body", () => {
  const text = rendered(buildDiagram(NESTED), states({ each: "completed" }));
  const classes = text.match(/^ {2}class .*$/gm)!;
  assert.deepEqual(classes[0], "  class n1 completed");
  assert.deepEqual(
    new Set(classes.slice(1).map((line) => line.split(" ").at(-1))),
    new Set(["skipped"]),
  );
});

test("shapes, guards, retries and waits can be told apart", () => {
  const text = rendered(buildDiagram({
    steps: [
      action("a", { condition: "${{ inputs.n > 3 }}", retry: { max: 2 } }),
      { id: "w", type: "wait", config: { signal: "go", duration: "1h" } },
      { id: "v", type: "wait", config: { duration: "5s" } },
      { id: "free", type: "reasoning", config: {} },
      {
        id: "l",
        type: "loop",
        config: { mode: "while", condition: "iter.index < 2", body: [action("b")] },
      },
    ] as unknown as StepDefinition[],
  }));
  assert.match(text, /\["a<br\/>\(http\.request\) ↻2<br\/>if inputs\.n #gt; 3"\]/);
  assert.match(text, /\(\["w<br\/>\(signal go, at most 1h\)"\]\)/);
  assert.match(text, /\(\["v<br\/>\(wait 5s\)"\]\)/);
  assert.match(text, /\{\{"free<br\/>\(any answer\)"\}\}/);
  assert.match(text, /\[\["l<br\/>\(while iter\.index #lt; 2\)"\]\]/);
});

const HOSTILE = [
  'a"] --> evil["',
  "end",
  "a-b",
  "a.b",
  "a_b",
  "__start__",
  "<script>alert(1)</script>",
  "%%{init: {'securityLevel': 'loose'}}%%",
  "x\n  click n0 call alert()",
  "`**bold**`",
  "&lt;#35;&",
  "line\u2028sep\u202etxt",
  "\ud800 lone",
  "constructor",
];

test("no id, branch or title can break or extend the markup", () => {
  for (const id of HOSTILE) {
    const definition = {
      metadata: { name: id },
      steps: [
        action("first"),
        {
          id,
          type: "condition",
          depends_on: ["first"],
          config: { expression: "inputs.x", branches: { [id]: [action(id)] } },
        },
      ],
    } as unknown as WorkflowDefinition;
    const text = rendered(buildDiagram(definition), states({ [id]: "failed" }));
    const shape =
      /^(graph TD|%% [^%]*| +(n\d+[[({]+"[^"<>%`&]*(<br\/>[^"<>%`&]*)*"[\])}]+|subgraph g\d+\["[^"<>%`&]*"\]|end|n\d+ -\.?->(\|"[^"<>%`&]*"\|)? n\d+|n\d+ ~~~ n\d+|classDef .*|class n\d+ \w+|linkStyle .*))$/;
    for (const line of text.trimEnd().split("\n")) assert.match(line, shape);
    assert.equal(text.split("\n").filter((line) => /^ +n\d+[[({]+"/.test(line)).length, 5);
    assert.match(text, /class n2 failed/);
  }
});

test("ids that other tools would take for the same stay separate boxes", () => {
  const text = rendered(
    buildDiagram({ steps: ["a-b", "a.b", "a_b"].map((id) => action(id)) }),
  );
  assert.equal(text.match(/^ +n\d+\["a.b<br/gm)!.length, 3);
});

test("there is nothing to draw without steps, and no order in a cycle", () => {
  const code = (definition: WorkflowDefinition | null) => {
    try {
      buildDiagram(definition);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return undefined;
  };
  assert.equal(code(null), "VALIDATION_ERROR");
  assert.equal(code({ steps: [] }), "VALIDATION_ERROR");
  const ring = [action("a", { depends_on: ["b"] }), action("b", { depends_on: ["a"] })];
  assert.equal(code({ steps: ring }), "CYCLE_DETECTED");
});

test("a large diagram is drawn with pauses, a few of the text in each", () => {
  const steps = Array.from({ length: 500 }, (_, i) => ({ id: `s${i}`, action: "crypto.uuid" }));
  const pauses = [...renderMermaid(atOnce(pictureOf(buildDiagram({ steps } as never))))].length;
  assert.ok(pauses >= 500, `${pauses} pauses`);
});

test("what follows a step stands below all that the step holds", () => {
  const loop = {
    id: "each",
    type: "loop",
    config: {
      over: [1],
      body: [
        action("one"),
        {
          id: "pick",
          type: "condition",
          config: { expression: "x", branches: { a: [action("in")] } },
        },
      ],
    },
  };
  const text = rendered(buildDiagram({
    steps: [loop, action("next", { depends_on: ["each"] })],
  } as unknown as WorkflowDefinition));
  const key = (id: string) => new RegExp(`(n\\d+)\\S+"${id}`).exec(text)![1];
  assert.ok(text.includes(`  ${key("in")} ~~~ ${key("next")}\n`), text);
  assert.equal(text.match(/~~~/g)!.length, 1);
});
