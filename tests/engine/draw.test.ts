// What a diagram is asked by, and when it shows the states of steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEngine } from "../support/test-engine.ts";

const STEPS = [{ id: "a", action: "test.echo" }];

test("a diagram comes with its format; a workflow's shows states unless told not to", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id } = await run(STEPS);
  const draw = (more: object) => opcode.diagram({ format: "mermaid", ...more });
  const plain = await draw({ template_name: "w" });
  assert.equal(plain.format, "mermaid");
  assert.match(plain.diagram, /^graph TD\n/);
  assert.doesNotMatch(plain.diagram, /class \S+ completed/);
  const live = await draw({ workflow_id });
  assert.match(live.diagram, /class \S+ completed/);
  assert.deepEqual(await draw({ workflow_id, include_status: true }), live);
  assert.deepEqual(await draw({ workflow_id, include_status: false }), plain);
  assert.deepEqual(await draw({ template_name: "w", include_status: true }), plain);
  assert.deepEqual(await draw({ workflow_id, template_name: "other" }), live, "the workflow wins");
});

test("a diagram of a version, and of none", async () => {
  const { opcode, define } = await openTestEngine();
  await define("w", STEPS);
  await define("w", [{ id: "b", action: "test.echo" }]);
  const draw = (more: object) => opcode.diagram({ format: "mermaid", ...more });
  assert.match((await draw({ template_name: "w", version: "1" })).diagram, /\ba\b/);
  assert.match((await draw({ template_name: "w", version: "latest" })).diagram, /\bb\b/);
  await assert.rejects(draw({ template_name: "w", version: "v3" }), { code: "NOT_FOUND" });
  await assert.rejects(draw({}), { code: "VALIDATION_ERROR" });
  await assert.rejects(draw({ template_name: "w", format: "pdf" }), { code: "VALIDATION_ERROR" });
});
