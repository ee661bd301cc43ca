// Acceptance vectors of order, outcomes, isolation of runs, and scope.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { echo, external, failing } from "../../support/steps.ts";
import { eventsOf, openTestEngine, statuses } from "../../support/test-engine.ts";

const after = (...depends_on: string[]) => ({ depends_on });

test("vector 1: a, b, c complete in the order of their dependencies", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([
    echo("c", {}, after("b")),
    echo("b", {}, after("a")),
    echo("a"),
  ]);
  assert.equal(reply.status, "completed");
  const events = await eventsOf(engine, reply.workflow_id);
  assert.deepEqual(events.filter((event) => event.startsWith("step_completed")), [
    "step_completed a",
    "step_completed b",
    "step_completed c",
  ]);
});

test("vector 1: the join of a diamond starts after both sides", async () => {
  const engine = await openTestEngine();
  const running = engine.run([
    external("root"),
    external("l", after("root")),
    external("r", after("root")),
    external("join", after("l", "r")),
  ]);
  for (const id of ["root", "r", "l", "join"]) {
    const call = await engine.called(id);
    assert.ok(id === "join" || !engine.calls.includes("join:1"));
    call.resolve(id);
  }
  const reply = await running;
  assert.equal(reply.status, "completed");
  assert.equal(reply.output, "join");
  assert.deepEqual(engine.calls, ["root:1", "l:1", "r:1", "join:1"]);
});

test("vector 1: independent steps overlap", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a"), external("b"), external("c")]);
  const calls = [await engine.called("a"), await engine.called("b"), await engine.called("c")];
  assert.equal(engine.open.length, 3);
  for (const call of calls) call.resolve(1);
  assert.equal((await running).status, "completed");
});

test("vector 2: an unhandled error answers with a failed run, its error and its failed step", async () => {
  const engine = await openTestEngine();
  const reply = await engine.run([failing("a", { message: "no luck" })]);
  assert.equal(reply.status, "failed");
  assert.equal(reply.error!.code, "STEP_FAILED");
  assert.equal(reply.error!.step_id, "a");
  assert.match(reply.error!.message, /no luck/);
  assert.deepEqual(statuses(reply), { a: "failed" });
});

test("vector 2: three failing roots all appear in the answer", async () => {
  const engine = await openTestEngine();
  const running = engine.run([external("a"), external("b"), external("c")]);
  for (const id of ["b", "a", "c"]) (await engine.called(id)).reject(new Error(`${id} is broken`));
  const reply = await running;
  assert.equal(reply.status, "failed");
  assert.deepEqual(statuses(reply), { a: "failed", b: "failed", c: "failed" });
  for (const id of ["a", "b", "c"]) {
    assert.match(reply.steps![id]!.error!.message, new RegExp(`${id} is broken`));
  }
});

test("vector 15: ten concurrent workflows do not mix their outputs", async () => {
  const engine = await openTestEngine();
  await engine.define("mine", [
    external("a", { params: { n: "${{inputs.n}}" } }),
    echo("b", { a: "${{steps.a.output}}", n: "${{inputs.n}}" }, after("a")),
  ]);
  const runs = Array.from(
    { length: 10 },
    (_, n) => engine.opcode.run({ template_name: "mine", agent_id: "test", params: { n } }),
  );
  for (let n = 0; n < 10; n++) {
    const call = await engine.called("a");
    call.resolve({ of: call.params.n! });
  }
  const replies = await Promise.all(runs);
  for (const [n, { output }] of replies.entries()) assert.deepEqual(output, { a: { of: n }, n });
});

test("vector 15: a chain of a hundred steps and a fan-out of a hundred complete", async () => {
  const engine = await openTestEngine();
  const hundred = Array.from({ length: 100 }, (_, n) => n);
  const chain = await engine.run(
    hundred.map((n) =>
      n === 0 ? echo("s0", { n }) : echo(
        `s${n}`,
        { n: `\${{steps.s${n - 1}.output.n}}` },
        after(`s${n - 1}`),
      )
    ),
  );
  assert.equal(chain.status, "completed");
  assert.deepEqual(chain.output, { n: 0 });
  const wide = await engine.run([
    echo("root"),
    ...hundred.map((n) => echo(`s${n}`, { n }, after("root"))),
    echo("join", { last: "${{steps.s99.output.n}}" }, after(...hundred.map((n) => `s${n}`))),
  ]);
  assert.equal(wide.status, "completed");
  assert.deepEqual(wide.output, { last: 99 });
  assert.equal(Object.keys(wide.steps!).length, 102);
});

test("vector 16: params named steps, inputs, workflow or context overwrite no key of the scope", async () => {
  const engine = await openTestEngine();
  const params: JsonObject = { steps: 1, inputs: 2, workflow: 3, context: 4, own: 5 };
  const reply = await engine.run([
    echo("a", { x: "a" }),
    echo("b", {
      step: "${{steps.a.output.x}}",
      inputs: ["${{inputs.steps}}", "${{inputs.inputs}}", "${{inputs.own}}"],
      name: "${{workflow.template_name}}",
      key: "${{context.key}}",
    }, {
      depends_on: ["a"],
      condition: "steps.a.x == 'a' && inputs.steps == 1 && inputs.inputs == 2 && " +
        "workflow.template_name == 'w' && context.key == 'k'",
    }),
  ], { params, definition: { context: { key: "k" } } });
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
  assert.deepEqual(reply.output, { step: "a", inputs: [1, 2, 5], name: "w", key: "k" });
});
