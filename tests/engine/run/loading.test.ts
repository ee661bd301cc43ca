// How runs get back into memory when many are due at once: a few at a time, the agents in turns.

import assert from "node:assert/strict";
import { test } from "node:test";
import { openTestEngine, pass, settle, until } from "../../support/test-engine.ts";

test("a run whose timer is due with hundreds of another agent is loaded among the first", async () => {
  const engine = await openTestEngine();
  await engine.define("w", [{ id: "a", type: "wait", config: { duration: "1h" } }]);
  const start = async (agent_id: string) =>
    (await engine.opcode.run({ template_name: "w", agent_id, wait_ms: 0 })).workflow_id;
  for (let n = 0; n < 200; n++) await start("many");
  const one = await start("one");
  await settle();
  const reads: { id: string; answer: () => void }[] = [];
  const readRun = engine.store.readRun.bind(engine.store);
  engine.store.readRun = async (id, options) => {
    await new Promise<void>((answer) => reads.push({ id, answer }));
    return await readRun(id, options);
  };
  await pass(engine, 3_600_000);
  assert.equal(reads.length, 16);
  for (let n = 0; n < 16; n++) {
    reads[n]!.answer();
    await settle();
  }
  assert.ok(reads.some(({ id }) => id === one), `not among ${reads.length}`);
  for (let n = 16; n < 201; n++) {
    await until(() => reads[n], `read ${n}`);
    reads[n]!.answer();
  }
  engine.store.readRun = readRun;
  await until(async () => {
    const filter = { status: "suspended" };
    return (await engine.opcode.query({ resource: "workflows", filter })).rows.length === 0;
  }, "the end of all");
});
