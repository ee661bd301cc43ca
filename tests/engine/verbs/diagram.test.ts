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

test("each format answers what it is: text, markup, or a PNG as base64", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id } = await run(STEPS);
  const draw = async (format: string) => {
    const reply = await opcode.diagram({ workflow_id, format });
    assert.deepEqual(Object.keys(reply), ["format", "diagram"]);
    assert.equal(reply.format, format);
    assert.deepEqual(await opcode.diagram({ workflow_id, format }), reply);
    return reply.diagram;
  };
  assert.match(await draw("ascii"), /│ a +│\n.*\(test\.echo\) │\n *│ \[OK\]/);
  assert.match(await draw("svg"), /^<svg [^]*class="node completed"[^]*<\/svg>\n$/);
  assert.match(await draw("image"), /^iVBORw0KGgo/);
  assert.match(await draw("mermaid"), /^graph TD\n/);
});

test("what an ended run has not come to is drawn as passed over, not as still to come", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id, status } = await run([
    { id: "breaks", action: "test.fail" },
    { id: "never", action: "test.echo", depends_on: ["breaks"] },
    {
      id: "each",
      type: "loop",
      depends_on: ["never"],
      config: { over: [1], body: [{ id: "in", action: "test.echo" }] },
    },
  ], { definition: { on_complete: { id: "tell", action: "test.echo" } } });
  assert.equal(status, "failed");
  const { diagram } = await opcode.diagram({ workflow_id });
  for (const id of ["never", "each", "in", "tell"]) {
    const [, node] = new RegExp(`(n\\d+)[[]+"${id}\\b`).exec(diagram)!;
    assert.match(diagram, new RegExp(`class ${node} skipped$`, "m"), id);
  }
  const ascii = (await opcode.diagram({ workflow_id, format: "ascii" })).diagram;
  assert.doesNotMatch(ascii, /PEND/);
});

test("a run in which a fallback stood in shows the way through it", async () => {
  const { opcode, run } = await openTestEngine();
  const { workflow_id, status } = await run([
    {
      id: "a",
      action: "test.fail",
      on_error: { strategy: "fallback_step", fallback_step: "rescue" },
    },
    { id: "rescue", action: "test.echo" },
    { id: "b", action: "test.echo", depends_on: ["a"] },
  ]);
  assert.equal(status, "completed");
  const { diagram } = await opcode.diagram({ workflow_id });
  assert.match(diagram, /linkStyle 0,2,3,4 stroke-width:3px\n {2}linkStyle 1 stroke:#aaaaaa/);
});

test("a thousand steps are folded in every format, and the picture says so", async () => {
  const { opcode, define } = await openTestEngine();
  const steps = Array.from({ length: 1_000 }, (_, i) => ({
    id: `s${i}`,
    action: "test.echo",
    ...(i > 0 && { depends_on: [`s${i - 1}`] }),
  }));
  await define("w", steps);
  for (const format of ["ascii", "mermaid", "svg"]) {
    const { diagram } = await opcode.diagram({ template_name: "w", format });
    assert.match(diagram, /\d+ of 1000 steps are drawn together/);
    assert.match(diagram, /\d+ steps in a row/);
    assert.ok(diagram.length < 150_000, `${format}: ${diagram.length}`);
  }
});

/** Steps of which no two are alike: each after two of the eight before it. */
function tangle(length: number) {
  let seed = 7;
  const back = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 1 + (seed >> 20) % 8;
  };
  return Array.from({ length }, (_, i) => ({
    id: `s${i}`,
    action: "test.echo",
    ...(i > 8 && { depends_on: [...new Set([`s${i - back()}`, `s${i - back()}`])] }),
  }));
}

test("a tangle in which nothing is alike is folded in every format", async () => {
  const { opcode, define } = await openTestEngine();
  await define("w", tangle(900));
  for (const format of ["ascii", "mermaid", "svg"]) {
    const { diagram } = await opcode.diagram({ template_name: "w", format });
    assert.match(diagram, /\d+ of 900 steps are drawn together/);
    assert.match(diagram, /\d+ steps side by side/);
  }
  const { diagram } = await opcode.diagram({ template_name: "w", format: "image" });
  assert.match(diagram, /^iVBORw0KGgo/);
});

test("Mermaid text is never larger than Mermaid takes", async () => {
  const { opcode, define } = await openTestEngine();
  const long = (i: number) => `${"long-name-".repeat(12)}${i}`;
  const steps = Array.from({ length: 245 }, (_, i) => ({
    id: long(i),
    action: "test.echo",
    condition: `inputs.name_${i} == "${"x".repeat(60)}"`,
    depends_on: [...new Set([1, 2, 5].map((back) => i - back))].filter((j) => j >= 0).map(long),
  }));
  await define("w", steps);
  const { diagram } = await opcode.diagram({ template_name: "w" });
  assert.ok(diagram.length <= 50_000, `${diagram.length} characters`);
  assert.ok(diagram.match(/-->/g)!.length <= 500);
  assert.match(diagram, /of 245 steps are drawn together/);
});

test("one agent's many drawings are refused at a bound, and another's are answered", async () => {
  const { opcode, define, run } = await openTestEngine();
  await define("w", tangle(60));
  const { workflow_id } = await run(STEPS);
  const ask = async (of: object, agent?: string) => {
    try {
      return (await opcode.diagram({ format: "svg", ...of }, agent)).format;
    } catch (error) {
      return (error as OpcodeError).code;
    }
  };
  const w = { template_name: "w" };
  const many = Promise.all(Array.from({ length: 64 }, () => ask(w, "a")));
  const others = Promise.all([ask(w, "b"), ask({ workflow_id }, "c"), ask(w)]);
  assert.deepEqual(await others, ["svg", "svg", "svg"]);
  const answers = await many;
  assert.ok(answers.filter((one) => one === "svg").length >= 16);
  assert.ok(answers.includes("BUSY"), "some were too many");
});

test("a template that is not there is NOT_FOUND with the nearest name, a version with the latest", async () => {
  const { opcode, define } = await openTestEngine();
  await define("daily-report", STEPS);
  for (const format of ["ascii", "image", "mermaid", "svg"]) {
    const draw = (more: object) => opcode.diagram({ format, ...more });
    await assert.rejects(draw({ template_name: "daly-report" }), (error: OpcodeError) => {
      assert.equal(error.code, "NOT_FOUND");
      assert.match(error.message, /template "daly-report" not found.*"daily-report"/);
      assert.equal(error.details!.did_you_mean, "daily-report");
      return true;
    });
    await assert.rejects(draw({ template_name: "daily-report", version: "v7" }), {
      code: "NOT_FOUND",
      message: /the latest version is v1/,
    });
  }
});

test("a definition that nobody has stored is drawn as a stored one, and one with faults is refused", async () => {
  const { opcode, define } = await openTestEngine();
  await define("w", STEPS);
  const definition = { steps: STEPS };
  const stored = await opcode.diagram({ template_name: "w" });
  assert.match(stored.diagram, /^%% w$/m, "its template's name");
  const named = { ...definition, metadata: { name: "w" } };
  assert.deepEqual(await opcode.sketch({ definition: named }), stored);
  for (const wrong of [null, {}, { steps: [{ id: "a" }] }]) {
    await assert.rejects(opcode.sketch({ definition: wrong }), { code: "VALIDATION_ERROR" });
  }
  await assert.rejects(opcode.sketch({ definition, format: "pdf" }), { code: "VALIDATION_ERROR" });
  assert.deepEqual((await opcode.query({ resource: "templates", filter: {} })).rows.length, 1);
});
