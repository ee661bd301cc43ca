// Whether a loop whose list is none names the expression and the step.

import assert from "node:assert/strict";
import { test } from "node:test";
import { echo, loop } from "../../support/steps.ts";
import { openTestEngine } from "../../support/test-engine.ts";

test("what gives no list for over is named, in every form that over has", async () => {
  const cases: [string, RegExp][] = [
    ["${{inputs.nothing}}", /^over: \$\{\{inputs\.nothing\}\} must give a list, not null$/],
    ["${{inputs.n}}", /^over: \$\{\{inputs\.n\}\} must give a list, not a number$/],
    ["${{inputs.none}}", /^over: \$\{\{inputs\.none\}\}: no input "none"/],
    ["of ${{inputs.n}}", /^over: of \$\{\{inputs\.n\}\} must give a list, not a string$/],
    ["${{inputs.n / 0}}", /^over: \$\{\{inputs\.n \/ 0\}\}: ./],
    ["inputs.n", /^over: inputs\.n must give a list, not a number$/],
    ["inputs.n.deeper", /^over: .*inputs\.n\.deeper/],
  ];
  for (const [over, message] of cases) {
    for (const nested of [false, true]) {
      const engine = await openTestEngine();
      const inner = loop("each", { over }, [echo("x")]);
      const steps = nested ? [loop("outer", { over: [1] }, [inner])] : [inner];
      const reply = await engine.run(steps, { params: { n: 3, nothing: null } });
      assert.equal(reply.status, "failed");
      const id = nested ? "outer.iter_0.each" : "each";
      const { error } = (await engine.opcode.status(reply.workflow_id)).steps[id]!;
      assert.match(error!.message, message);
      assert.equal(error!.step_id, id);
      assert.equal(error!.details!.expression, over);
    }
  }
});
