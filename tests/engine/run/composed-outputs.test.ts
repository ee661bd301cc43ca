// A large output of a run is kept as where its parts stand, and read by everybody as if it were a copy.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LiveEvent } from "../../../engine/api.ts";
import { Composed } from "../../../engine/store/composed.ts";
import { Vault } from "../../../engine/vault/vault.ts";
import { ManualClock } from "../../support/mcp-clock.ts";
import { MemoryVault } from "../../support/memory-vault.ts";
import { echo, external } from "../../support/steps.ts";
import { openTestEngine, payloadsOf, type TestEngine, until } from "../../support/test-engine.ts";

const LARGE = 'é"\\'.repeat(30_000);
const OUTPUT = { a: { t: LARGE }, b: null, c: { t: `${LARGE}!`, n: 1 } };
const STEPS = [
  echo("a", { t: "${{inputs.t}}" }),
  echo("b", {}, { condition: "1 > 2" }),
  echo("c", { t: "${{inputs.t}}!", n: 1 }),
];
const PARAMS = { params: { t: LARGE } };

/** How the engine hands the outputs of runs over from now on. */
function handedOver(engine: TestEngine): boolean[] {
  const composed: boolean[] = [];
  engine.store.options.refuse = ({ events }) => {
    for (const { type, payload } of events) {
      if (type === "workflow_completed") composed.push(payload instanceof Composed);
    }
    return false;
  };
  return composed;
}

for (
  const [what, steps, output] of [
    ["several last steps", STEPS, OUTPUT],
    ["one last step", [STEPS[0]!], OUTPUT.a],
  ] as const
) {
  test(`the output of ${what} is the same in every answer, before and after a crash`, async () => {
    const engine = await openTestEngine();
    const composed = handedOver(engine);
    const heard: LiveEvent[] = [];
    engine.opcode.subscribe((events) => heard.push(...events));
    const reply = await engine.run([...steps], PARAMS);
    assert.deepEqual(composed, [true]);
    assert.deepEqual(reply.output, output);
    const told = () =>
      heard.find((item) => item.kind === "event" && item.event.event_type === "workflow_completed");
    await until(told, "the live event");
    const live = told()!;
    assert.deepEqual(live.kind === "event" && live.event.payload, { output });
    const id = reply.workflow_id;
    for (const open of [() => engine, () => engine.crash()]) {
      const one = await open();
      assert.deepEqual((await one.opcode.status(id)).output, output);
      assert.deepEqual(await payloadsOf(one, id, "workflow_completed"), [{ output }]);
      const { rows } = await one.opcode.query({ resource: "workflows", filter: {} });
      const [row] = rows as { output?: unknown; output_size?: number }[];
      if (row!.output === undefined) assert.ok(row!.output_size! > LARGE.length);
      else assert.deepEqual(row!.output, output);
    }
  });
}

test("a parent gets the output of its child, also one that ended before a crash", async () => {
  let engine = await openTestEngine();
  await engine.define("child", [...STEPS, external("e")], { definition: { inputs: { t: "" } } });
  const child = {
    id: "child",
    action: "workflow.run",
    params: { template_name: "child", params: { t: "${{inputs.t}}" } },
  };
  const reply = await engine.run([child, external("hold")], { ...PARAMS, wait_ms: 0 });
  (await engine.called("e")).resolve(7);
  const output = async () => (await engine.opcode.status(reply.workflow_id)).steps!.child!.output;
  await until(output, "the end of the child");
  const expected = { ...OUTPUT, e: 7 };
  assert.deepEqual((await output() as { output?: unknown }).output ?? await output(), expected);
  engine = await engine.crash();
  assert.deepEqual((await output() as { output?: unknown }).output ?? await output(), expected);
});

test("an output larger than an answer is told by its size, and not put together", async () => {
  const engine = await openTestEngine();
  const composed = handedOver(engine);
  const t = "x".repeat(6_000_000);
  const ids = ["a", "b", "c"];
  const { workflow_id, output_size } = await engine.run(
    ids.map((id) => echo(id, { t: "${{inputs.t}}" })),
    { params: { t } },
  );
  assert.deepEqual(composed, [true]);
  assert.ok(output_size! >= 18_000_000);
  const stored = await (await engine.crash()).opcode.status(workflow_id);
  assert.equal(stored.output, undefined);
  assert.ok(stored.output_size! >= 18_000_000);
});

test("an output that does not match its schema fails the run", async () => {
  const engine = await openTestEngine();
  const template = { output_schema: { required: ["z"] } };
  const reply = await engine.run(STEPS, { ...PARAMS, template });
  await until(
    async () => (await engine.opcode.status(reply.workflow_id)).status === "failed",
    "the failure",
  );
});

test("what a run knows as secret by its end is masked in a copy", async () => {
  const vault = await Vault.read({ store: new MemoryVault(), clock: new ManualClock() });
  await vault.unlock(`hex:${"ab".repeat(32)}`);
  await vault.set("TOKEN", "s3cr3t-t0ken-42");
  const engine = await openTestEngine({ secrets: vault });
  const composed = handedOver(engine);
  const steps = [
    // The first step shows the value before anybody knows that it is one.
    echo("a", { t: "${{inputs.t}}", early: "s3cr3t-t0ken-42" }),
    external("e", { params: { key: "${{secrets.TOKEN}}" }, depends_on: ["a"] }),
    echo("c", { early: "${{steps.a.output}}" }, { depends_on: ["e"] }),
  ];
  const reply = await engine.run(steps, { ...PARAMS, wait_ms: 0 });
  (await engine.called("e")).resolve(1);
  const status = () => engine.opcode.status(reply.workflow_id);
  await until(async () => (await status()).status === "completed", "the end");
  assert.deepEqual(composed, [false]);
  assert.doesNotMatch(JSON.stringify((await status()).output), /s3cr3t/);
});
