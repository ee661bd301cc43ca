// Whether a run that holds or does too much fails and says by which budget, and who pays for others.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ErrorObject } from "../../../core/errors.ts";
import { Budgets } from "../../../engine/memory/budgets.ts";
import { Share } from "../../../engine/memory/share.ts";
import { assertFoldMatchesRows } from "../../support/fold-check.ts";
import { echo, external, loop } from "../../support/steps.ts";
import { openTestEngine, settle, statuses, type TestEngine } from "../../support/test-engine.ts";

const MIB = 1024 * 1024;

/** As small as a text, and a hundred times as large in memory. */
const empties = (count: number) => Array.from({ length: count }, () => ({}));

function assertOver(
  error: ErrorObject | undefined,
  { budget, setting, message }: { budget: string; setting: string; message: RegExp },
): void {
  assert.equal(error?.code, "BUDGET_EXCEEDED");
  assert.match(error!.message, message);
  const { limit, used, ...told } = error!.details as { limit: number; used: number };
  assert.deepEqual(told, { budget, setting });
  assert.ok(used >= limit, `${used} of ${limit}`);
}

test("an output that takes more of the heap than the run may hold fails it, whatever its handlers", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB } });
  const ended = engine.run([
    external("large", { on_error: { strategy: "ignore" }, retry: { max: 3, backoff: "none" } }),
    external("other"),
  ]);
  (await engine.called("large")).resolve(empties(200_000));
  const reply = await ended;
  assert.equal(reply.status, "failed");
  assertOver(reply.error, {
    budget: "run",
    setting: "memory.per_run",
    message:
      /^the run holds \d+ bytes of memory, more than the 8388608 of the setting memory\.per_run/,
  });
  assert.equal(reply.error!.step_id, "large");
  // All else is given up: nobody waits for it.
  assert.deepEqual(statuses(reply), { large: "failed", other: "skipped" });
  await assertFoldMatchesRows(engine.store, reply.workflow_id);
});

test("what a few letters stand for is counted, not the letters", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB } });
  const fits = engine.run([external("text")]);
  (await engine.called("text")).resolve("x".repeat(4 * MIB));
  assert.equal((await fits).status, "completed");
  const wide = engine.run([external("objects")]);
  (await engine.called("objects")).resolve(empties(400_000));
  assert.equal((await wide).error?.code, "BUDGET_EXCEEDED");
});

test("outputs that fit one by one, and params made of them, count together", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB } });
  const ended = engine.run([
    external("a"),
    echo("copies", { all: Array.from({ length: 16 }, () => "${{steps.a.output}}") }, {
      depends_on: ["a"],
    }),
  ]);
  (await engine.called("a")).resolve(empties(10_000));
  const { error } = await ended;
  assert.deepEqual([error?.code, error?.step_id], ["BUDGET_EXCEEDED", "copies"]);
});

test("a loop's iterations count though each does nothing", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB } });
  const body = [{ id: "n", action: "test.echo", condition: "false" }];
  const { error } = await engine.run([loop("l", { mode: "while", condition: "true" }, body)]);
  assert.deepEqual([error?.code, error?.details?.budget], ["BUDGET_EXCEEDED", "run"]);
});

test("nested loops of a kilobyte end at the budget of the run", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 16 * MIB } });
  let body = [echo("x", {})];
  const over = Array.from({ length: 16 }, (_, i) => i);
  for (let depth = 0; depth < 8; depth++) body = [loop(`l${depth}`, { over }, body)];
  const { error } = await engine.run(body);
  assert.deepEqual([error?.code, error?.details?.budget], ["BUDGET_EXCEEDED", "run"]);
});

test("a run that has begun as many steps as it may fails at the next, also after a restart", async () => {
  const engine = await openTestEngine({ limits: { runSteps: 10 } });
  const body = [echo("x", {})];
  const { error } = await engine.run([loop("l", { mode: "while", condition: "true" }, body)]);
  assertOver(error, {
    budget: "steps",
    setting: "max_run_steps",
    message: /^the run has begun 10 steps, as many as it may by the setting max_run_steps/,
  });
  const seven = Array.from({ length: 7 }, (_, i) => echo(`s${i}`, {}));
  const wait = external("wait", { depends_on: seven.map((_, i) => `s${i}`) });
  const after = Array.from({ length: 3 }, (_, i) => echo(`t${i}`, {}, { depends_on: ["wait"] }));
  const { workflow_id } = await engine.run([...seven, wait, ...after], { wait_ms: 0 });
  await engine.called("wait");
  const next = await engine.crash();
  const signalled = next.opcode.signal({ workflow_id, signal_type: "retry", step_id: "wait" });
  (await next.called("wait")).resolve({});
  await signalled;
  assert.equal((await next.opcode.status(workflow_id)).error?.details?.budget, "steps");
});

/** Starts a run of the agent that holds so many empty objects for as long as its last step runs. */
async function holding(engine: TestEngine, agentId: string, count: number) {
  const name = `${agentId}-${count}`;
  const [data, wait] = [`${name}-data`, `${name}-wait`];
  // What a step was called with stays, whatever else may be read again.
  const params = { held: `\${{ steps["${data}"].output }}` };
  await engine.define(name, [external(data), external(wait, { params, depends_on: [data] })]);
  const request = { template_name: name, agent_id: agentId };
  const ended = engine.opcode.run({ ...request, wait_ms: 60_000 });
  (await engine.called(data)).resolve(empties(count));
  return { ended, wait: await engine.called(wait) };
}

test("an agent's largest run pays for the agent, and nobody else's", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 16 * MIB, agentBytes: 12 * MIB } });
  const large = await holding(engine, "greedy", 80_000);
  const small = await holding(engine, "greedy", 20_000);
  const other = await holding(engine, "other", 80_000);
  const last = await holding(engine, "greedy", 78_000);
  assertOver((await large.ended).error, {
    budget: "agent",
    setting: "memory.per_agent",
    message: /^the agent's runs hold \d+ bytes of memory/,
  });
  for (const { wait, ended } of [small, other, last]) {
    wait.resolve({});
    assert.equal((await ended).status, "completed");
  }
});

test("when the process is full, the agent that holds most pays, not whoever asks next", async () => {
  const limits = { runBytes: 16 * MIB, agentBytes: 16 * MIB, totalBytes: 15 * MIB };
  const engine = await openTestEngine({ limits });
  const first = await holding(engine, "greedy", 70_000);
  const second = await holding(engine, "greedy", 75_000);
  const modest = await holding(engine, "modest", 30_000);
  const asks = await holding(engine, "asks", 60_000);
  assertOver((await second.ended).error, {
    budget: "process",
    setting: "memory.total",
    message: /^all runs hold \d+ bytes of memory/,
  });
  for (const { wait, ended } of [first, modest, asks]) {
    wait.resolve({});
    assert.equal((await ended).status, "completed");
  }
});

test("what a run held is free again when it has ended", async () => {
  const limits = { runBytes: 16 * MIB, agentBytes: 10 * MIB };
  const engine = await openTestEngine({ limits });
  for (let round = 0; round < 5; round++) {
    const { ended, wait } = await holding(engine, "greedy", 80_000 + round);
    wait.resolve({});
    assert.equal((await ended).status, "completed");
  }
});

test("params of steps that wait for their turn count", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB }, poolSize: 1 });
  const text = "x".repeat(MIB);
  const steps = Array.from({ length: 20 }, (_, i) =>
    // Each one a text of its own.
    external(`s${i}`, { params: { text: `${i} \${{inputs.text}}` } }));
  const { workflow_id } = await engine.run(steps, { params: { text }, wait_ms: 0 });
  await settle();
  const { error } = await engine.opcode.status(workflow_id);
  assert.deepEqual([error?.code, error?.details?.budget], ["BUDGET_EXCEEDED", "run"]);
  assert.deepEqual(engine.calls, []);
});

test("what an action has passed on is neither counted nor kept", async () => {
  const engine = await openTestEngine({ limits: { runBytes: 8 * MIB } });
  const text = "x".repeat(2 * MIB);
  const { workflow_id } = await engine.run([
    external("feeds", { params: { text: "<${{inputs.text}}>" } }),
    external("large"),
  ], { params: { text }, wait_ms: 0 });
  const feeds = await engine.called("feeds");
  feeds.release("text");
  assert.deepEqual(feeds.params, {});
  // Beside the text that was passed on there would be no room for this.
  (await engine.called("large")).resolve(empties(47_000));
  await settle();
  assert.deepEqual(statuses(await engine.opcode.status(workflow_id)), {
    feeds: "running",
    large: "completed",
  });
});

test("of thousands of runs of an agent that holds too much only those are asked for room that have changed", () => {
  const budgets = new Budgets({ runBytes: 1e9, agentBytes: 1_000, totalBytes: 1e9, runSteps: 1 });
  let asked = 0;
  const shares = Array.from({ length: 3_000 }, (_, i) => {
    const share = new Share();
    share.letGo = () => void asked++;
    share.hold(100 + i);
    budgets.admit(share, { runNo: i, agentId: "a" });
    return share;
  });
  assert.equal(budgets.lack(shares[0]!, 0), "agent");
  assert.equal(asked, 3_000);
  for (const share of shares.slice(0, 10)) assert.equal(budgets.lack(share, 0), "agent");
  assert.equal(asked, 3_000, "nobody has anything new");
  // What a run has come to since can leave memory once it is stored.
  shares[5]!.hold(50);
  shares[7]!.loosened();
  assert.equal(budgets.lack(shares[0]!, 0), "agent");
  assert.equal(asked, 3_001, "of one more is stored");
  // One that has left is not asked, and what it could let go of counts for nobody.
  shares[8]!.loosened();
  budgets.dismiss(shares[8]!);
  assert.equal(budgets.lack(shares[0]!, 0), "agent");
  assert.equal(asked, 3_001);
});
