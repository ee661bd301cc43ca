// What a diagram is asked by, and when it shows the states of steps.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpcodeError } from "../../../core/errors.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const STEPS = [{ id: "a", action: "test.echo" }];

test("a diagram comes with its format; a workflow's shows states unless told not to", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id } = await run(STEPS);
  const draw = (more: object) => opcode.diagram({ format: "mermaid", ...more });
  const plain = await draw({ template_name: "w" });
  assert.equal(plain.format, "mermaid");
  assert.match(plain.diagram, /^graph TD\n/);
  assert.doesNotMatch(plain.diagram, /class \S+ completed/);
  const live = await draw({ workflow_id });
  assert.match(live.diagram, /class \S+ completed/);
  assert.deepEqual(await draw({ workflow_id, include_status: true }), live);
  assert.deepEqual(await draw({ workflow_id, include_status: false }), plain);
  assert.deepEqual(await draw({ template_name: "w", include_status: true }), plain);
});

test("what a workflow's diagram would leave unread is refused", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id } = await run(STEPS);
  for (
    const [other, rule] of [["template_name", "give one of them"], ["version", "that it runs"]]
  ) {
    await assert.rejects(opcode.diagram({ workflow_id, [other!]: "w" }), (error: OpcodeError) => {
      assert.equal(error.code, "VALIDATION_ERROR");
      assert.equal(error.details!.path, other);
      assert.match(error.message, /has no meaning beside workflow_id/);
      assert.ok(error.message.includes(rule!), error.message);
      return true;
    });
  }
});

test("a diagram of a version, and of none", async () => {
  const { opcode, define } = await openTestEngine();
  await define("w", STEPS);
  await define("w", [{ id: "b", action: "test.echo" }]);
  const draw = (more: object) => opcode.diagram({ format: "mermaid", ...more });
  assert.match((await draw({ template_name: "w", version: "1" })).diagram, /\ba\b/);
  assert.match((await draw({ template_name: "w", version: "latest" })).diagram, /\bb\b/);
  await assert.rejects(draw({ template_name: "w", version: "v3" }), { code: "NOT_FOUND" });
  await assert.rejects(draw({}), { code: "VALIDATION_ERROR" });
  await assert.rejects(draw({ template_name: "w", format: "pdf" }), { code: "VALIDATION_ERROR" });
});

test("a live run shows what is done, what waits, what is to come, and what was not chosen", async () => {
  const { opcode, run } = await openTestEngine();
  const echo = (id: string) => ({ id, action: "test.echo" });
  const ask = {
    id: "ask",
    type: "reasoning",
    condition: "iter.index != 0",
    config: { prompt_context: "?", options: [{ id: "ok" }] },
  };
  const { workflow_id } = await run([
    {
      id: "each",
      type: "loop",
      config: { over: [1, 2, 3], concurrency: 3, body: [echo("one"), ask, echo("after")] },
    },
    {
      id: "pick",
      type: "condition",
      config: {
        expression: "'a'",
        branches: {
          a: [{ id: "gate", type: "wait", config: { signal: "go" } }, echo("then")],
          b: [echo("other")],
        },
      },
    },
    {
      id: "fast",
      type: "parallel",
      config: {
        mode: "race",
        branches: [[echo("quick")], [{ id: "slow", type: "wait", config: { duration: "1h" } }]],
      },
    },
    { ...echo("last"), depends_on: ["each", "pick"] },
  ]);
  const { diagram } = await opcode.diagram({ workflow_id });
  const classes = new Map(
    [...diagram.matchAll(/^ *class (n\d+) (\w+)$/gm)].map(([, node, status]) => [node, status]),
  );
  const shown = [...diagram.matchAll(/^ *(n\d+)[[{(]+"([\w-]+)[^"]*?(\d+\/\d+)?"/gm)]
    .map(([, node, id, count]) =>
      [id, classes.get(node), ...(count ? [count] : [])].join(" ").trim()
    );
  assert.deepEqual(shown, [
    "Start",
    "each suspended",
    "one completed 3/3",
    "ask suspended 1/3",
    "after pending 1/3",
    "fast completed",
    "quick completed",
    "slow skipped",
    "pick suspended",
    "gate suspended",
    "then",
    "other skipped",
    "last pending",
    "End",
  ]);
});

test("a step that a restart has interrupted is drawn as one that waits", async () => {
  const before = await openTestEngine();
  const { workflow_id } = await before.run([{ id: "a", action: "test.external" }], { wait_ms: 0 });
  await before.called("a");
  const { opcode } = await before.crash();
  const { diagram } = await opcode.diagram({ workflow_id });
  assert.match(diagram, /class n1 suspended$/m);
});
