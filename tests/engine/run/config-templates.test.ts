// Which parts of a step's config take values when the step runs.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, payloadsOf, statuses } from "../../support/test-engine.ts";

const echo = (id: string, params: JsonObject = {}) => ({ id, action: "test.echo", params });

test("texts of a config hold tokens, and its CEL may stand in the braces of one", async () => {
  const engine = await openTestEngine();
  const loop = { mode: "while", condition: "${{iter.index < inputs.n}}", body: [echo("x")] };
  const reply = await engine.run([
    { id: "wait", type: "wait", config: { duration: "${{inputs.ms}}ms" } },
    { ...echo("guarded"), condition: "${{inputs.env == 'dev'}}" },
    {
      id: "branch",
      type: "condition",
      config: { expression: "${{inputs.env}}", branches: { prod: [echo("p")] } },
    },
    { id: "over", type: "loop", config: { over: "${{inputs.items}}", body: [echo("y")] } },
    { id: "while", type: "loop", config: loop },
    {
      id: "ask",
      type: "reasoning",
      config: {
        prompt_context: "deploy ${{inputs.env}}?",
        options: [{ id: "yes", description: "to ${{inputs.env}}" }],
        data_inject: { n: "${{inputs.n}}" },
        target_agent: "${{inputs.who}}",
      },
    },
  ], { params: { ms: 0, env: "prod", items: ["a", "b"], n: 2, who: "boss" } });
  assert.equal(reply.status, "suspended", JSON.stringify(reply));
  const states = statuses(reply);
  assert.equal(states.guarded, "skipped");
  assert.equal(states["branch.prod.p"], "completed");
  const { steps = {} } = reply;
  assert.deepEqual(steps.wait!.output, { waited: 0 });
  assert.equal((steps.over!.output as JsonObject).iterations, 2);
  assert.equal((steps.while!.output as JsonObject).iterations, 2);
  const [context] = await payloadsOf(engine, reply.workflow_id, "decision_requested");
  assert.equal(context!.prompt_context, "deploy prod?");
  assert.deepEqual(context!.data_inject, { n: 2 });
  const { rows: [decision] } = await engine.store.listDecisions({ limit: 1 });
  assert.deepEqual(JSON.parse(decision!.options), [{ id: "yes", description: "to prod" }]);
  assert.equal(decision!.targetAgentId, "boss");
});
