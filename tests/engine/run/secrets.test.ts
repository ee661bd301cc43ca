// What a run makes of secrets: resolved when a step starts, in authored tokens alone, never stored.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { MemoryVault } from "../../support/memory-vault.ts";
import { eventsOf, openTestEngine, type TestEngine } from "../../support/test-engine.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const PEM = '-----BEGIN KEY-----\n"quoted" \\n ${{inputs.x}}\n-----END KEY-----\n';

async function withVault(
  secrets: Record<string, string>,
): Promise<{ engine: TestEngine; vault: Vault; relock: () => Promise<Vault> }> {
  const store = new MemoryVault();
  const read = () => Vault.read({ store, clock: new ManualClock() });
  const vault = await read();
  await vault.unlock(KEY);
  for (const [name, value] of Object.entries(secrets)) await vault.set(name, value);
  return { engine: await openTestEngine({ secrets: vault }), vault, relock: read };
}

const external = (id: string, params: JsonObject, more: JsonObject = {}): JsonObject => ({
  id,
  action: "test.external",
  params,
  ...more,
});

test("a step gets the values, whatever characters they have", async () => {
  const { engine } = await withVault({
    TOKEN: "s3cret-value",
    PEM,
    "dotted.name-1": "d",
    EMPTY: "",
  });
  const running = engine.run([external("a", {
    header: "Bearer ${{ secrets.TOKEN }}",
    pem: "${{secrets.PEM}}",
    list: ["${{secrets.dotted.name-1}}", "${{secrets['dotted.name-1']}}", "[${{secrets.EMPTY}}]"],
  })]);
  const call = await engine.called("a");
  assert.deepEqual(call.params, {
    header: "Bearer s3cret-value",
    pem: PEM,
    list: ["d", "d", "[]"],
  });
  call.resolve(null);
  assert.equal((await running).status, "completed");
});

test("data that holds a secret's token stays what it is", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const reply = await engine.run([
    { id: "a", action: "test.echo", params: { from_input: "${{inputs.evil}}" } },
    {
      id: "b",
      action: "test.echo",
      params: { from_step: "${{steps.a.output.from_input}} and ${{steps.a.output.from_input}}" },
      depends_on: ["a"],
    },
  ], { params: { evil: "${{secrets.TOKEN}}" } });
  assert.deepEqual(reply.output, {
    from_step: "${{secrets.TOKEN}} and ${{secrets.TOKEN}}",
  });
});

test("a default of the inputs is resolved where it is used, and not stored", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const running = engine.run([external("a", { token: "${{inputs.token}}" })], {
    definition: { inputs: { token: "Bearer ${{secrets.TOKEN}}" } },
  });
  const call = await engine.called("a");
  assert.deepEqual(call.params, { token: "Bearer s3cret-value" });
  call.resolve(null);
  const { workflow_id } = await running;
  const record = await engine.store.readRun(workflow_id, { events: 100 });
  assert.equal(JSON.stringify(record).includes("s3cret-value"), false);
});

test("a param given in a default's place is data", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const reply = await engine.run(
    [{ id: "a", action: "test.echo", params: { token: "${{inputs.token}}" } }],
    {
      definition: { inputs: { token: "${{secrets.TOKEN}}" } },
      params: { token: "mine ${{secrets.TOKEN}}" },
    },
  );
  assert.deepEqual(reply.output, { token: "mine ${{secrets.TOKEN}}" });
});

test("a missing secret fails its step at once, by name; once it is stored, retry goes on", async () => {
  const { engine, vault } = await withVault({});
  const reply = await engine.run([
    external("a", { key: "${{secrets.LATE}}" }, { retry: { max: 3, delay: "1ms" } }),
  ]);
  const error = reply.steps!.a!.error!;
  assert.equal(error.code, "INTERPOLATION_ERROR");
  assert.match(error.message, /secrets\.LATE/);
  assert.equal((error.details!.cause as JsonObject).code, "NOT_FOUND");
  assert.equal((await eventsOf(engine, reply.workflow_id)).includes("step_retrying a"), false);
  assert.deepEqual(engine.calls, []);

  await vault.set("LATE", "s3cret-value");
  const signal = { workflow_id: reply.workflow_id, signal_type: "retry" as const, step_id: "a" };
  const going = engine.opcode.signal(signal);
  const call = await engine.called("a");
  assert.deepEqual(call.params, { key: "s3cret-value" });
  call.resolve("done");
  assert.equal((await going).status, "completed");
});

test("with the vault locked the step fails with VAULT_ERROR; retry after unlock goes on", async () => {
  const { relock } = await withVault({ TOKEN: "s3cret-value" });
  const vault = await relock();
  const engine = await openTestEngine({ secrets: vault });
  const reply = await engine.run([
    { id: "free", action: "test.echo", params: { n: 1 } },
    external("a", { key: "${{secrets.TOKEN}}" }, { retry: { max: 3 }, depends_on: ["free"] }),
  ]);
  assert.equal(reply.steps!.free!.status, "completed");
  assert.equal(reply.steps!.a!.error!.code, "VAULT_ERROR");
  assert.equal((await eventsOf(engine, reply.workflow_id)).includes("step_retrying a"), false);

  await vault.unlock(KEY);
  const signal = { workflow_id: reply.workflow_id, signal_type: "retry" as const, step_id: "a" };
  const going = engine.opcode.signal(signal);
  const call = await engine.called("a");
  assert.deepEqual(call.params, { key: "s3cret-value" });
  call.resolve("done");
  assert.equal((await going).status, "completed");
});

test("a locked vault that lacks the secret, too, says both at once", async () => {
  const { relock } = await withVault({ TOKEN: "s3cret-value" });
  const told = async (vault: Vault) => {
    const engine = await openTestEngine({ secrets: vault });
    const { steps } = await engine.run([external("a", { key: "${{secrets.LATE}}" })]);
    return steps!.a!.error!.message;
  };
  assert.match(
    await told(await relock()),
    /the vault is locked, and there is no such secret; unlock it .* "opcode secret set LATE"/,
  );
  const fresh = await Vault.read({ store: new MemoryVault(), clock: new ManualClock() });
  assert.match(await told(fresh), /has no key yet, and .*; choose one with .* set LATE"/);
});

test("each attempt takes the secret as it is then", async () => {
  const { engine, vault } = await withVault({ TOKEN: "first" });
  const running = engine.run([
    external("a", { key: "${{secrets.TOKEN}}" }, { retry: { max: 1, delay: "0s" } }),
  ]);
  const first = await engine.called("a");
  assert.deepEqual(first.params, { key: "first" });
  await vault.set("TOKEN", "second");
  first.reject(new Error("refused"));
  const second = await engine.called("a");
  assert.deepEqual(second.params, { key: "second" });
  second.resolve(null);
  assert.equal((await running).status, "completed");
});

test("expressions and guards know no secrets", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const steps: JsonObject[] = [
    { id: "a", action: "test.echo", condition: "secrets.TOKEN == 'x'" },
    { id: "a", action: "test.echo", params: { x: "${{secrets['TOKEN'] + 'x' == 'y'}}" } },
    { id: "a", action: "test.echo", params: { x: "${{secrets['TOKEN'].length}}" } },
  ];
  for (const step of steps) {
    await assert.rejects(engine.run([step]), { code: "VALIDATION_ERROR" });
  }
});

test("a signal that is kept stores no secret, and the wait that takes it after a restart has it", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const { workflow_id: id } = await engine.run([
    external("work", { key: "${{secrets.TOKEN}}" }),
    {
      id: "w",
      type: "wait",
      config: { signal: "go ${{secrets.TOKEN}}", signals: "keep" },
      depends_on: ["work"],
    },
    external("use", { got: "${{steps.w.output.payload.token}}" }, { depends_on: ["w"] }),
  ], { wait_ms: 0 });
  await engine.called("work");
  const payload = { signal: "go s3cret-value", token: "s3cret-value" };
  const data = { workflow_id: id, signal_type: "data", payload, wait_ms: 0 } as const;
  assert.deepEqual((await engine.opcode.signal(data)).kept, ["w"]);
  const { kept_signals } = await engine.opcode.status(id);
  assert.match(kept_signals![0]!.signal!, /^go [^s]*$/);
  assert.doesNotMatch(JSON.stringify(await eventsOf(engine, id)), /s3cret/);
  const after = await engine.crash();
  const retry = { workflow_id: id, signal_type: "retry", step_id: "work" } as const;
  const going = after.opcode.signal(retry);
  (await after.called("work")).resolve(null);
  const call = await after.called("use");
  assert.deepEqual(call.params, { got: "s3cret-value" });
  call.resolve(null);
  assert.equal((await going).status, "completed");
  assert.doesNotMatch(JSON.stringify(await eventsOf(after, id)), /s3cret/);
});

test("a loop that is retried after a restart goes through its items as they are", async () => {
  const { engine } = await withVault({ TOKEN: "s3cret-value" });
  const running = engine.run([
    external("a", { header: "${{secrets.TOKEN}}" }),
    {
      id: "each",
      type: "loop",
      depends_on: ["a"],
      config: {
        over: "${{steps.a.output}}",
        body: [external("b", { item: "${{loop.item}}" })],
      },
    },
  ]);
  (await engine.called("a")).resolve(["s3cret-value/1", "s3cret-value/2"]);
  (await engine.called("each.iter_0.b")).reject(new Error("not yet"));
  const { workflow_id, status } = await running;
  assert.equal(status, "failed");
  const after = await engine.crash();
  const going = after.opcode.signal({ workflow_id, signal_type: "retry", step_id: "each" });
  for (const n of [1, 2]) {
    const call = await after.called(`each.iter_${n - 1}.b`);
    assert.deepEqual(call.params, { item: `s3cret-value/${n}` });
    call.resolve(n);
  }
  assert.equal((await going).status, "completed");
});
