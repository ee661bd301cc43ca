// Fallbacks of fallbacks, thousands in a row: as many as a definition may hold steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, failing, parallel } from "../../support/steps.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const LENGTH = 9_000;
const LAST = `s${LENGTH - 1}`;

/** Steps of which each falls back to the next one. */
function chain(step: (id: string, n: number) => JsonObject): JsonObject[] {
  return Array.from({ length: LENGTH }, (_, n) => ({
    ...step(`s${n}`, n),
    ...(n < LENGTH - 1 && {
      on_error: { strategy: "fallback_step", fallback_step: `s${n + 1}` },
    }),
  }));
}

test("a chain of fallbacks that nobody needs is skipped to its end", async () => {
  const engine = await openTestEngine();
  const { workflow_id, status } = await engine.run(chain((id) => echo(id)));
  assert.equal(status, "completed");
  const record = await engine.store.readRun(workflow_id, { events: 0 });
  assert.equal(record!.steps.filter(({ status }) => status === "skipped").length, LENGTH - 1);
});

test("the last of a chain of fallbacks settles all before it, in the graph and inside a step", async () => {
  const engine = await openTestEngine();
  const steps = chain((id, n) => n < LENGTH - 1 ? failing(id) : echo(id));
  const graph = await engine.run([...steps, echo("after", {}, { depends_on: ["s0"] })]);
  assert.equal(graph.status, "completed");
  assert.equal((await engine.run([parallel("p", [steps])])).status, "completed");
  const forked = await engine.opcode.run({
    from_run: graph.workflow_id,
    from_step: LAST,
    agent_id: "test",
  });
  assert.equal(forked.status, "completed");
});

test("a chain of which all have failed is read after a restart and retried from its start", async () => {
  let engine = await openTestEngine();
  const failed = await engine.run(
    chain((id, n) => failing(id, n === LENGTH - 1 ? { times: 1 } : {})),
  );
  assert.equal(failed.status, "failed");
  engine = await engine.crash();
  const signal = { workflow_id: failed.workflow_id, signal_type: "retry" as const };
  // The restarted process counts the failures anew.
  assert.equal((await engine.opcode.signal({ ...signal, step_id: LAST })).status, "failed");
  assert.equal((await engine.opcode.signal({ ...signal, step_id: "s0" })).status, "completed");
});
