// Whether an agent is told what completed steps did not do.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../../core/json.ts";
import { digestRun } from "../../../../server/mcp/digest/run.ts";
import { openTestEngine } from "../../../support/test-engine.ts";

const echo = { id: "x", action: "test.echo" };
const loop = { id: "l", type: "loop", config: { over: [1, 2, 3], max_iter: 2, body: [echo] } };
const choose = (expression: string) => ({
  id: "c",
  type: "condition",
  config: { expression, branches: { dev: [echo] } },
});

test("a loop that was cut and a value without a branch are told, a plain if is not", async () => {
  const engine = await openTestEngine();
  const told = async (...steps: JsonObject[]) => {
    const { workflow_id, ...reply } = await engine.run(steps, {
      definition: { inputs: { env: "prod" } },
    });
    const status = await engine.opcode.status(workflow_id) as unknown as JsonObject;
    const said = digestRun({ workflow_id, ...reply } as unknown as JsonObject)(24_000).left_undone;
    assert.deepEqual(digestRun(status)(24_000).left_undone, said);
    return said;
  };
  assert.deepEqual(await told(loop, choose("inputs.env")), [
    "l: stopped by max_iter after 2 iterations, more was to do",
    "c: no branch was taken, there is none for prod",
  ]);
  assert.equal(await told(choose("inputs.env == 'dev'")), undefined);
  assert.equal(await told(echo), undefined);
});
