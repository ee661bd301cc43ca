// Whether secrets stay hidden, and arrive whole, on the ways that are easy to forget.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { ask, condition, echo, external, failing, wait } from "../../support/steps.ts";
import { openTestEngine, pass, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const SECRET = "s3cr3t-value-of-all";
const TOKEN = "${{secrets.TOKEN}}";

async function open(secret = SECRET) {
  const vault = new TestVault({ TOKEN: secret });
  return { vault, engine: await openTestEngine({ secrets: vault }) };
}

/** Whether the secret stands in any row of the store. */
async function shows({ store }: TestEngine, secret = SECRET): Promise<boolean> {
  const runs = await store.listRuns({ limit: 100 });
  const records = await Promise.all(
    runs.rows.map(({ run }) => store.readRun(run.id, { events: 1_000, seals: false })),
  );
  return JSON.stringify(records).includes(secret);
}

async function decide({ opcode }: TestEngine, workflow_id: string) {
  const { pending_decisions: [asked] } = await opcode.status(workflow_id);
  return opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    decision_id: asked!.id,
    payload: { choice: "yes" },
  });
}

function child(more: JsonObject = {}): JsonObject {
  return { id: "r", action: "workflow.run", params: { template_name: "child" }, ...more };
}

test("after a restart what answers with a secret of before is masked, though no step reads it", async () => {
  const { engine } = await open();
  const { workflow_id } = await engine.run([
    echo("a", { s: TOKEN }),
    ask("q", {}, { depends_on: ["a"] }),
    external("b", { depends_on: ["q"] }),
  ]);
  const next = await engine.crash();
  const done = decide(next, workflow_id);
  (await next.called("b")).resolve({ session: SECRET });
  assert.doesNotMatch(JSON.stringify(await done), /s3cr3t/);
  assert.equal(await shows(next), false);
});

test("a parent masks what its child has resolved but not answered", async () => {
  const { engine } = await open();
  await engine.define("child", [echo("a", { s: TOKEN }), echo("b", {}, { depends_on: ["a"] })]);
  const run = engine.run([child(), external("b", { depends_on: ["r"] })]);
  (await engine.called("b")).resolve({ file: SECRET });
  await run;
  assert.equal(await shows(engine), false);
});

test("a parent masks what its failed child has resolved", async () => {
  const { engine } = await open();
  await engine.define("child", [failing("a", { s: TOKEN })]);
  const run = engine.run([
    child({ on_error: { strategy: "ignore" } }),
    external("b", { depends_on: ["r"] }),
  ]);
  (await engine.called("b")).resolve({ file: SECRET });
  await run;
  assert.equal(await shows(engine), false);
});

test("notes that are replaced after a restart leave the context's data as it was", async () => {
  const { engine } = await open();
  const update = (id: string, params: JsonObject, more: JsonObject = {}) => ({
    id,
    action: "workflow.context",
    params: { action: "update", ...params },
    ...more,
  });
  const { workflow_id } = await engine.run([
    update("a", { data: { s: TOKEN } }),
    ask("q", {}, { depends_on: ["a"] }),
    update("n", { agent_notes: "noted" }, { depends_on: ["q"] }),
    ask("p", {}, { depends_on: ["n"] }),
    external("b", { depends_on: ["p"], params: { s: "${{context.s}}" } }),
  ]);
  const next = await engine.crash();
  await decide(next, workflow_id);
  const again = await next.crash();
  const done = decide(again, workflow_id);
  const call = await again.called("b");
  assert.deepEqual(call.params, { s: SECRET });
  call.resolve(null);
  await done;
});

function waiting(config: JsonObject): JsonObject[] {
  return [
    echo("a", { s: TOKEN }),
    wait("w", { signal: "go ${{steps.a.output.s}}", ...config }, { depends_on: ["a"] }),
    external("b", { depends_on: ["w"], params: { s: "${{steps.w.output.signal}}" } }),
  ];
}

test("a wait for a masked signal takes no answer while the vault is locked", async () => {
  const { engine, vault } = await open();
  const { workflow_id } = await engine.run(waiting({}));
  vault.isLocked = true;
  const next = await engine.crash();
  const answer = () =>
    next.opcode.signal({ workflow_id, signal_type: "data", step_id: "w", payload: {} });
  await assert.rejects(answer, { code: "VAULT_ERROR" });
  assert.equal((await next.opcode.status(workflow_id)).steps.w!.status, "suspended");
  vault.isLocked = false;
  const done = answer();
  const call = await next.called("b");
  assert.deepEqual(call.params, { s: `go ${SECRET}` });
  call.resolve(null);
  await done;
  assert.equal(await shows(next), false);
});

test("a wait for a masked signal that times out while the vault is locked fails", async () => {
  const { engine, vault } = await open();
  const { workflow_id } = await engine.run(waiting({ duration: "1h" }));
  vault.isLocked = true;
  const next = await engine.crash();
  await pass(next, 3_600_000);
  const { steps } = await next.opcode.status(workflow_id);
  assert.equal(steps.w!.status, "failed");
  assert.equal(steps.w!.error!.code, "VAULT_ERROR");
});

test("a branch and an option that are called like a secret work while the vault is locked", async () => {
  const { engine, vault } = await open("prod");
  const question = ask("q", { options: [{ id: "prod" }, { id: "test" }] });
  const { workflow_id } = await engine.run([
    echo("a", { s: TOKEN }),
    condition("c", "steps.a.output.s", { branches: { prod: [question, external("x")] } }, {
      depends_on: ["a"],
    }),
  ]);
  vault.isLocked = true;
  const next = await engine.crash();
  await next.opcode.signal({
    workflow_id,
    agent_id: "ann",
    signal_type: "decision",
    step_id: "q",
    payload: { choice: "prod" },
    wait_ms: 0,
  });
  (await next.called("c.prod.x")).resolve(null);
});

test("an assertion that shows the beginning of a secret shows none of it", async () => {
  const { engine } = await open();
  const actual = `${"-".repeat(85)}${TOKEN}`;
  await engine.run([{ id: "a", action: "assert.equals", params: { expected: "no", actual } }]);
  assert.equal(await shows(engine, "s3cr3t"), false);
});
