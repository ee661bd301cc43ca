// What the answer to the beginning of a run tells of what it was given.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { openTestEngine, type RunMore } from "../../support/test-engine.ts";

const reading = (text: string) => [{ id: "a", action: "test.echo", params: { text } }];

test("a param that nothing reads is told where the template declares no inputs", async () => {
  const engine = await openTestEngine();
  const warnings = async (text: string, params: JsonObject, more: RunMore = {}) =>
    (await engine.run(reading(text), { params, ...more })).warnings;
  assert.deepEqual(await warnings("x", { colour: 1 }), [
    'params.colour: nothing of template "w" reads it, and it declares no inputs',
  ]);
  assert.deepEqual(await warnings("${{inputs.color}}", { color: 1, colour: 1 }), [
    'params.colour: nothing of template "w" reads it, and it declares no inputs (did you mean ' +
    '"color"?)',
  ]);
  assert.equal(await warnings("${{inputs.color}}", { color: 1 }), undefined);
  assert.equal(await warnings("${{size(inputs)}}", { color: 1 }), undefined);
  assert.equal(await warnings("x", {}), undefined);
  const open = { template: { input_schema: { type: "object" } } };
  assert.equal(await warnings("x", { colour: 1 }, open), undefined);
});

test("a start in the past says that the run begins at once", async () => {
  const engine = await openTestEngine();
  engine.clock.advance(7_200_000);
  await engine.define("w", reading("x"));
  const warnings = async (start_at: string) => {
    const reply = await engine.opcode.run({ template_name: "w", agent_id: "a", start_at });
    return reply.warnings;
  };
  assert.deepEqual(await warnings("1970-01-01T00:00:00Z"), [
    "start_at: was 2h ago, and the run begins at once; a time has its zone, such as Z or +02:00",
  ]);
  assert.equal(await warnings("1970-01-01T02:00:00Z"), undefined);
  assert.equal(await warnings("1970-01-01T03:00:00Z"), undefined);
});
