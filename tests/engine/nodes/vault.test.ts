// What a node makes of the secrets and of the vault that another one has changed, and of runs that need them.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { createLogger } from "../../../core/log.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { eventually, type Node, Nodes } from "../../support/nodes.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const OTHER_KEY = `hex:${"cd".repeat(32)}`;

interface NodeWithVault extends Node {
  vault: Vault;
  log: string[];
}

const nodes = new Nodes();
let a: NodeWithVault;
let b: NodeWithVault;
beforeEach(async () => {
  a = await start();
  b = await start();
});

async function start(): Promise<NodeWithVault> {
  const log: string[] = [];
  let vault!: Vault;
  const node = await nodes.start({
    log: createLogger({ level: "warn", write: (line) => log.push(line) }),
    secretsOf: async (store) => vault = await Vault.read({ store, clock: new ManualClock() }),
  });
  return { ...node, vault, log };
}

const use = (id: string, name: string, more = {}) => ({
  id,
  action: "test.repeatable",
  params: { key: `\${{secrets.${name}}}` },
  ...more,
});

test("a secret that one node stores is used at once by a run of another", async () => {
  for (const { vault } of [a, b]) await vault.unlock(KEY);
  await b.engine.define("w", [use("call", "TOKEN")]);
  await a.vault.set("TOKEN", "s3cret-value");
  const running = b.engine.opcode.run({ template_name: "w", agent_id: "test" });
  const call = await b.engine.called("call");
  assert.deepEqual(call.params, { key: "s3cret-value" });
  call.resolve(null);
  assert.equal((await running).status, "completed");
});

test("a secret that nobody has stored fails its step, and is found by the next try", async () => {
  for (const { vault } of [a, b]) await vault.unlock(KEY);
  const { workflow_id, steps } = await b.engine.run([use("call", "LATE")]);
  assert.match(steps!.call!.error!.message, /secrets\.LATE: there is no such secret/);
  await a.vault.set("LATE", "s3cret-value");
  const retried = b.engine.opcode.signal({ workflow_id, signal_type: "retry", step_id: "call" });
  (await b.engine.called("call")).resolve(null);
  assert.equal((await retried).status, "completed");
});

test("a template that names a secret of another node is defined without a warning", async () => {
  for (const { vault } of [a, b]) await vault.unlock(KEY);
  await a.vault.set("TOKEN", "s3cret-value");
  const define = (name: string) =>
    b.engine.opcode.define({
      name: "w",
      agent_id: "test",
      definition: { steps: [use("call", name)] },
    });
  assert.equal((await define("TOKEN")).warnings, undefined);
  assert.match((await define("NONE")).warnings![0]!.message, /"NONE" is not stored yet/);
});

test("a secret that is changed or deleted is so everywhere a moment later", async () => {
  for (const { vault } of [a, b]) await vault.unlock(KEY);
  await a.vault.set("TOKEN", "first");
  await eventually(b, () => b.vault.has("TOKEN"), "the secret");
  await a.vault.set("TOKEN", "second");
  await eventually(b, () => b.vault.resolve("TOKEN") === "second", "its change");
  await b.vault.delete("TOKEN");
  await eventually(a, () => !a.vault.has("TOKEN"), "its end");
});

test("a vault that one node makes is locked on the others until they get its key, and says so", async () => {
  assert.equal(b.vault.state, "new");
  await a.vault.unlock(KEY);
  await eventually(b, () => b.vault.state === "locked", "the vault");
  await eventually(b, () => b.log.length > 0, "the log");
  assert.match(b.log.join(), /another node has given the vault a key.*opcode secret unlock/);
  await assert.rejects(b.vault.unlock(OTHER_KEY), {
    code: "VAULT_ERROR",
    message: /^the key does not open the vault/,
  });
  await b.vault.unlock(KEY);
  assert.equal(a.log.length, 0);
});

/** A run at A whose first step has put a secret into its output, and whose second is under way. */
async function withSealedOutput(): Promise<string> {
  await a.vault.unlock(KEY);
  await a.vault.set("TOKEN", "s3cret-value");
  const { workflow_id } = await a.engine.run([
    use("login", "TOKEN"),
    {
      id: "work",
      action: "test.repeatable",
      params: { got: "${{steps.login.output.session}}" },
      depends_on: ["login"],
    },
  ], { wait_ms: 0 });
  (await a.engine.called("login")).resolve({ session: "of s3cret-value" });
  assert.deepEqual((await a.engine.called("work")).params, { got: "of s3cret-value" });
  return workflow_id;
}

const statusOf = async (node: Node, id: string) => (await node.engine.opcode.status(id)).status;

test("what a run has sealed on one node is opened on the next that has the key", async () => {
  const id = await withSealedOutput();
  await b.vault.unlock(KEY);
  await nodes.die(a);
  await eventually(b, () => b.engine.open.length > 0, "the step's call");
  assert.deepEqual(b.engine.open[0]!.params, { got: "of s3cret-value" });
  b.engine.open[0]!.resolve({ again: "s3cret-value" });
  await eventually(b, async () => await statusOf(b, id) === "completed", "its end");
  const { output } = await b.engine.opcode.status(id);
  assert.doesNotMatch(JSON.stringify(output), /s3cret/);
});

test("a run that comes to a node with a locked vault fails where it needs it, and goes on once it is open", async () => {
  const id = await withSealedOutput();
  await nodes.die(a);
  await eventually(b, async () => await statusOf(b, id) === "failed", "its failure");
  const { steps } = await b.engine.opcode.status(id);
  const { error } = steps!.work!;
  assert.equal(error!.code, "VAULT_ERROR");
  assert.match(error!.message, /the vault is locked; unlock it with "opcode secret unlock"/);
  assert.equal(steps!.login!.status, "completed");
  await b.vault.unlock(KEY);
  const going = b.engine.opcode.signal({
    workflow_id: id,
    signal_type: "retry",
    step_id: "work",
    wait_ms: 0,
  });
  const call = await b.engine.called("work");
  assert.deepEqual(call.params, { got: "of s3cret-value" });
  call.resolve(null);
  await going;
  await eventually(b, async () => await statusOf(b, id) === "completed", "its end");
});
