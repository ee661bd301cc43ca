// Whatever ties a fallback to the steps around it, a definition that is accepted can be used.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { seeded } from "../../support/random.ts";
import {
  condition,
  echo,
  external,
  failing,
  fallback,
  loop,
  parallel,
} from "../../support/steps.ts";
import {
  openTestEngine,
  pass,
  settle,
  statuses,
  type TestEngine,
  until,
} from "../../support/test-engine.ts";

const after = (...depends_on: string[]): JsonObject => ({ depends_on });
const fail = { id: "end", action: "workflow.fail", params: { reason: "no" } };

/** Steps, and the output that their run has. */
const SHAPES: Record<string, [steps: JsonObject[], output: unknown]> = {
  "a fallback that depends on its own step": [
    [failing("g", {}, fallback("f")), echo("f", { is: "f" }, after("g"))],
    { is: "f" },
  ],
  "one that is not needed": [
    [echo("g", { is: "g" }, fallback("f")), echo("f", {}, after("g"))],
    { is: "g" },
  ],
  "one with a step after it": [
    [
      failing("g", {}, fallback("f")),
      echo("f", { n: 1 }, after("g")),
      echo("o", { is: "o" }, after("f")),
    ],
    { f: { n: 1 }, o: { is: "o" } },
  ],
  "one with a step after what it stands in for": [
    [
      failing("g", {}, fallback("f")),
      echo("f", { n: 1 }, after("g")),
      echo("o", { is: "o" }, after("g")),
    ],
    { is: "o" },
  ],
  "a chain in which each depends on the one before": [
    [
      failing("g", {}, fallback("f1")),
      failing("f1", {}, { ...fallback("f2"), ...after("g") }),
      echo("f2", { is: "f2" }, after("g", "f1")),
    ],
    { is: "f2" },
  ],
  "one that also depends on a step beside its own": [
    [
      echo("a", { is: "a" }),
      failing("g", {}, fallback("f")),
      echo("f", { is: "f" }, after("a", "g")),
    ],
    { a: { is: "a" }, f: { is: "f" } },
  ],
  "one that depends on what its step depends on": [
    [
      echo("a"),
      failing("g", {}, { ...fallback("f"), ...after("a") }),
      echo("f", { is: "f" }, after("a")),
    ],
    { is: "f" },
  ],
  "one for two steps, both of which it depends on": [
    [
      failing("g", {}, fallback("f")),
      failing("h", {}, { ...fallback("f"), ...after("g") }),
      echo("f", { is: "f" }, after("g", "h")),
    ],
    { is: "f" },
  ],
  "one that a step further in calls": [
    [
      loop("l", { over: [1] }, [failing("x", {}, fallback("f"))]),
      echo("f", { is: "f" }, after("l")),
      echo("o", { is: "o" }, after("l")),
    ],
    { is: "o" },
  ],
  "one that a step in a branch calls": [
    [
      condition("c", "true", { branches: { true: [failing("x", {}, fallback("f"))] } }),
      echo("f", {}, after("c")),
    ],
    { branch: "true", output: null },
  ],
  "one among the steps of a branch of a parallel": [
    [parallel("p", [[failing("x", {}, fallback("f")), echo("f", { is: "f" })], [echo("y")]])],
    undefined,
  ],
  "a workflow.fail between": [
    [failing("g", {}, fallback("f")), echo("f", { is: "f" }, after("g")), {
      ...fail,
      condition: "false",
      ...after("g"),
    }],
    { is: "f" },
  ],
  "dependencies that lead around by way of the fallback of a fallback": [
    [
      failing("g", {}, fallback("f")),
      failing("f", {}, { ...fallback("f2"), ...after("x") }),
      echo("f2", { is: "f2" }),
      echo("x", { is: "x" }, after("f2")),
    ],
    undefined,
  ],
};

for (const [name, [steps, output]] of Object.entries(SHAPES)) {
  test(`a fallback works: ${name}`, async () => {
    const engine = await openTestEngine();
    const reply = await engine.run(steps);
    assert.equal(reply.status, "completed", JSON.stringify(reply.error));
    if (output !== undefined) assert.deepEqual(reply.output, output);
    await isUsable(engine, reply.workflow_id);
  });
}

test("layers of workflow.fail steps cost one look each", async () => {
  const engine = await openTestEngine();
  const layers = 40;
  const steps = [echo("first", { is: "first" })];
  for (let n = 0; n < layers; n++) {
    const needs = n === 0 ? ["first"] : [`a${n - 1}`, `b${n - 1}`];
    for (const side of ["a", "b"]) {
      steps.push({ ...fail, id: `${side}${n}`, condition: "false", depends_on: needs });
    }
  }
  assert.deepEqual((await engine.run(steps)).output, { is: "first" });
});

/** It is drawn, asked for, and called by another. */
async function isUsable(engine: TestEngine, workflow_id: string): Promise<void> {
  await engine.opcode.diagram({ template_name: "w" });
  await engine.opcode.diagram({ workflow_id });
  const { status } = await engine.opcode.status(workflow_id);
  await engine.define("caller", [{
    id: "call",
    action: "workflow.run",
    params: { template_name: "w" },
  }]);
  const reply = await engine.opcode.run({ template_name: "caller", agent_id: "test" });
  assert.equal(reply.status, status);
}

test("generated definitions that are accepted run, and are drawn", async (t) => {
  const accepted = { runs: 0, refused: 0 };
  const random = seeded(2);
  const engine = await openTestEngine();
  for (let n = 0; n < 300; n++) {
    const steps = someSteps(random, 2 + Math.floor(random() * 5), 1);
    try {
      await engine.define("w", steps);
    } catch (refusal) {
      assert.equal((refusal as { code: string }).code, "VALIDATION_ERROR");
      accepted.refused++;
      continue;
    }
    accepted.runs++;
    const reply = await engine.opcode.run({ template_name: "w", agent_id: "test" });
    const shown = JSON.stringify({ steps, error: reply.error, statuses: statuses(reply) });
    assert.ok(["completed", "failed"].includes(reply.status), shown);
    assert.doesNotMatch(JSON.stringify(reply.error ?? null), /Cannot |call stack/, shown);
    await isUsable(engine, reply.workflow_id);
  }
  t.diagnostic(JSON.stringify(accepted));
  assert.ok(accepted.runs > 60, JSON.stringify(accepted));
});

/** Steps with ids a, b, …, tied to each other at random; some hold others. */
function someSteps(random: () => number, count: number, depth: number): JsonObject[] {
  const ids = Array.from({ length: count }, (_, n) => "abcdefgh"[n]! + (depth > 0 ? "" : "x"));
  const any = () => ids[Math.floor(random() * ids.length)]!;
  return ids.map((id, n): JsonObject => {
    const more: JsonObject = {};
    if (random() < 0.4) Object.assign(more, fallback(random() < 0.7 ? any() : "a"));
    if (depth > 0 && random() < 0.6) {
      more.depends_on = [...new Set([any(), ids[Math.max(0, n - 1)]!])].filter((of) => of !== id);
    }
    const kind = random();
    if (kind < 0.35) return failing(id, {}, more);
    if (kind < 0.45) return { ...fail, id, condition: "false", ...more };
    if (depth === 0 || kind < 0.8) return echo(id, {}, more);
    const inside = someSteps(random, 2, depth - 1);
    return kind < 0.9
      ? loop(id, { over: [1, 2] }, inside, more)
      : parallel(id, [inside], "all", more);
  });
}

test("a fallback that only a step called which begins anew loses its place in line", async () => {
  const engine = await openTestEngine({ poolSize: 2 });
  const { workflow_id } = await engine.run([
    parallel("p", [[external("x", fallback("f"))], [external("hold")]], "all", {
      timeout: "1s",
      retry: { max: 1, delay: "1h" },
    }),
    external("f"),
  ], { wait_ms: 0 });
  await settle();
  // They are before the fallback in the line for slots.
  const others = Array.from({ length: 8 }, (_, n) => `o${n}`);
  for (const id of others) await engine.run([external(id)], { wait_ms: 0 });
  await settle();
  engine.open[0]!.reject(new OpcodeError("EXECUTION_ERROR", "no"));
  await settle();
  const failed = await engine.opcode.status(workflow_id);
  assert.equal(failed.steps["p.branch_0.x"]!.status, "failed");
  await pass(engine, 1_000);
  const called = () => engine.calls.map((call) => call.replace(/:\d+$/, ""));
  for (const id of others) {
    await until(() => called().includes(id), id);
    engine.open.find(({ stepId }) => stepId === id)!.resolve(null);
    await settle();
  }
  const { steps } = await engine.opcode.status(workflow_id);
  assert.deepEqual([steps.p!.status, steps.f!.status], ["retrying", "pending"]);
  assert.ok(!called().includes("f"));
  await pass(engine, 3_600_000);
  assert.equal(engine.calls.at(-1), "p.branch_1.hold:2");
});

test("of several failures that one stands which nothing could handle first", async () => {
  const engine = await openTestEngine();
  const { workflow_id } = await engine.run([
    external("a", fallback("f")),
    external("f"),
    external("b"),
    external("c"),
  ], { wait_ms: 0 });
  await settle();
  const failing = async (id: string) => {
    const call = engine.open.find(({ stepId }) => stepId === id);
    assert.ok(call, `${id} was called`);
    call.reject(new OpcodeError("EXECUTION_ERROR", "no"));
    await pass(engine, 10);
  };
  // a is the first to fail, but its fallback fails after b.
  for (const id of ["a", "b", "f", "c"]) await failing(id);
  assert.equal((await engine.opcode.status(workflow_id)).error!.step_id, "b");
  await engine.opcode.signal({
    ...{ workflow_id, signal_type: "skip", step_id: "c", agent_id: "a", wait_ms: 0 },
  });
  await settle();
  assert.equal((await engine.opcode.status(workflow_id)).error!.step_id, "b");
});
