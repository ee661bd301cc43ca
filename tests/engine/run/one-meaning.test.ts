// Whether `steps.X.output` means the same in tokens, CEL, jq and Expr, whatever the output is.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { openTestEngine } from "../../support/test-engine.ts";

/** The step x or what an action of that id answers, what is read of it, and what that is. */
const CASES: { what: string; x: JsonObject | { answers: Json }; path: string; expected: Json }[] = [
  {
    what: "the winner of a race",
    x: {
      id: "x",
      type: "parallel",
      config: {
        mode: "race",
        branches: [[{ id: "slow", type: "wait", config: { duration: "1h" } }], [{
          id: "quick",
          action: "expr.eval",
          params: { expression: "{won: true}" },
        }]],
      },
    },
    path: "steps.x.output.winner",
    expected: 1,
  },
  {
    what: "the branch of a condition",
    x: {
      id: "x",
      type: "condition",
      config: { expression: "'yes'", branches: { yes: [] } },
    },
    path: "steps.x.output.branch",
    expected: "yes",
  },
  {
    what: "an output with a field output",
    x: { answers: { output: { n: 1 }, n: 2 } },
    path: "steps.x.output.n",
    expected: 2,
  },
  {
    what: "the field output of an output",
    x: { answers: { output: { n: 1 }, n: 2 } },
    path: "steps.x.output.output.n",
    expected: 1,
  },
  {
    what: "a field by its short form",
    x: { answers: { output: { n: 1 }, n: 2 } },
    path: "steps.x.n",
    expected: 2,
  },
  {
    what: "an output that is a list",
    x: { answers: [7, 8] },
    path: "steps.x.output[1]",
    expected: 8,
  },
  {
    what: "an output that is text",
    x: { answers: "t" },
    path: "steps.x.output",
    expected: "t",
  },
];

const LANGUAGES: Record<string, (path: string) => { step: JsonObject; field: string }> = {
  "a token": (path) => ({
    step: { action: "expr.eval", params: { expression: "data", data: `\${{${path}}}` } },
    field: "result",
  }),
  CEL: (path) => ({
    step: { action: "expr.eval", params: { expression: "data", data: `\${{ (${path}) }}` } },
    field: "result",
  }),
  Expr: (path) => ({
    step: { action: "expr.eval", params: { expression: path } },
    field: "result",
  }),
  jq: (path) => ({
    step: {
      type: "loop",
      config: {
        over: `[.${path}] | map(.)`,
        body: [{ id: "s", action: "expr.eval", params: { expression: "loop.item" } }],
      },
    },
    field: "results",
  }),
};

for (const [language, read] of Object.entries(LANGUAGES)) {
  describe(language, () => {
    for (const { what, x, path, expected } of CASES) {
      test(`${language} reads ${what}`, async () => {
        const engine = await openTestEngine();
        const { step, field } = read(path);
        const first = "answers" in x ? { id: "x", action: "test.external" } : x;
        const running = engine.run([first, { id: "read", depends_on: ["x"], ...step }]);
        if ("answers" in x) (await engine.called("x")).resolve(x.answers!);
        const reply = await running;
        assert.equal(reply.status, "completed", JSON.stringify(reply.error));
        const output = (reply.output as JsonObject)[field];
        assert.deepEqual(
          field === "results" ? ((output as JsonObject[])[0]!).result : output,
          expected,
        );
        await engine.opcode.stop();
      });
    }
  });
}
