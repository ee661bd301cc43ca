// Whether a caller's text is ever resolved: tokens count where an author wrote them, and nowhere else.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json, JsonObject } from "../../../core/json.ts";
import { chooseSeed, seeded } from "../../support/random.ts";
import { ask, echo, external } from "../../support/steps.ts";
import { openTestEngine, settle, type TestEngine } from "../../support/test-engine.ts";
import { TestVault } from "../../support/test-vault.ts";

const SECRET = "s3cr3t-value-of-all";
/** Defaults that an author may write, each of which the caller gives as the very same text. */
const DEFAULTS: JsonObject = {
  token: "${{secrets.TOKEN}}",
  header: "Bearer ${{secrets.TOKEN}}",
  who: "${{workflow.agent_id}}",
  noted: "${{context.note}}",
  other: "${{inputs.token}}",
  list: ["${{secrets.TOKEN}}", { "${{workflow.name}}": "${{steps.first.output.s}}" }],
};
const USE = echo("use", { got: "${{inputs.NAME}}" });

function open(): Promise<TestEngine> {
  return openTestEngine({ secrets: new TestVault({ TOKEN: SECRET }) });
}

const first = echo("first", { s: "of-a-step" });

/** How the text comes to the run that uses it: returns what the step that uses it got. */
type Way = (engine: TestEngine, use: JsonObject, params: JsonObject) => Promise<Json>;

const definition = { inputs: DEFAULTS, context: { note: "authored-note" } };
const start = { template_name: "w", agent_id: "test" };
const decision = {
  signal_type: "decision" as const,
  step_id: "q",
  agent_id: "ann",
  payload: { choice: "yes" },
};
const got = (output: Json | undefined): Json => (output as { got: Json }).got;

const WAYS: Record<string, Way> = {
  async "to a run"(engine, use, params) {
    return got(
      (await engine.run([first, { ...use, depends_on: ["first"] }], { definition, params }))
        .output,
    );
  },

  async "after a restart"(engine, use, params) {
    const steps = [first, ask("q"), { ...use, depends_on: ["q", "first"] }];
    const { workflow_id } = await engine.run(steps, { definition, params });
    const next = await engine.crash();
    return got((await next.opcode.signal({ workflow_id, ...decision })).output);
  },

  async "to a retry after a restart"(engine, use, params) {
    const steps = [first, external("e"), { ...use, depends_on: ["e", "first"] }];
    const run = engine.run(steps, { definition, params });
    (await engine.called("e")).reject(new Error("refused"));
    const { workflow_id } = await run;
    const next = await engine.crash();
    const retried = next.opcode.signal({ workflow_id, signal_type: "retry", step_id: "e" });
    (await next.called("e")).resolve(null);
    return got((await retried).output);
  },

  async "to a child, with data"(engine, use, params) {
    await engine.define("child", [first, { ...use, depends_on: ["first"] }], { definition });
    const run = engine.run([
      external("fetch"),
      {
        id: "r",
        action: "workflow.run",
        depends_on: ["fetch"],
        params: { template_name: "child", params: "${{steps.fetch.output.params}}" },
      },
    ]);
    (await engine.called("fetch")).resolve({ params });
    return got((await run).output);
  },

  async "to a child, after a restart, beside a secret"(engine, use, params) {
    await engine.define(
      "child",
      [first, ask("q"), { ...use, depends_on: ["q", "first"] }],
      { definition: { ...definition, inputs: { ...DEFAULTS, beside: "" } } },
    );
    const { workflow_id } = await engine.run([{
      id: "r",
      action: "workflow.run",
      params: {
        template_name: "child",
        params: { ...literally(params), beside: "${{secrets.TOKEN}}" },
      },
    }]);
    const next = await engine.crash();
    const { child_workflow_id } = (await next.opcode.status(workflow_id)).steps.r!;
    const child = { workflow_id: child_workflow_id!, ...decision };
    return got((await next.opcode.signal(child)).output);
  },

  async "to a fork that inherits its params"(engine, use, params) {
    const steps = [first, echo("b", {}), { ...use, depends_on: ["b", "first"] }];
    const { workflow_id } = await engine.run(steps, { definition, params });
    const next = await engine.crash();
    const fork = { from_run: workflow_id, from_step: "b", agent_id: "test" };
    return got((await next.opcode.run(fork)).output);
  },

  async "to a fork with params of its own"(engine, use, params) {
    const steps = [first, echo("b", {}), ask("q"), { ...use, depends_on: ["b", "q", "first"] }];
    const { workflow_id } = await engine.run(steps, { definition });
    const fork = { from_run: workflow_id, from_step: "b", agent_id: "test", params };
    const forked = (await engine.opcode.run(fork)).workflow_id;
    const next = await engine.crash();
    return got((await next.opcode.signal({ workflow_id: forked, ...decision })).output);
  },

  async "to a fork in another version"(engine, use, params) {
    const steps = [first, echo("b", {}), { ...use, depends_on: ["b", "first"] }];
    const { workflow_id } = await engine.run(steps, { definition, params });
    // In the second version the caller's text is another default's.
    await engine.define("w", [...steps, echo("more", { x: 1 })], { definition });
    const fork = { from_run: workflow_id, from_step: "b", agent_id: "test", version: "v2" };
    const { output } = await engine.opcode.run(fork);
    return got((output as JsonObject).use!);
  },
};

/** A definition's way to write a text with tokens that are none of its own. */
function literally(value: Json): any {
  if (typeof value === "string") return `\${{ ${JSON.stringify(value)} }}`;
  if (Array.isArray(value)) return value.map(literally);
  return Object.fromEntries(
    Object.entries(value as JsonObject).map(([key, inner]) => [literally(key), literally(inner)]),
  );
}

for (const [way, give] of Object.entries(WAYS)) {
  for (const name of Object.keys(DEFAULTS)) {
    test(`a text like the default of "${name}" that is given ${way} stays a text`, async () => {
      const engine = await open();
      const use = JSON.parse(JSON.stringify(USE).replace("NAME", name));
      assert.deepEqual(await give(engine, use, { [name]: DEFAULTS[name]! }), DEFAULTS[name]);
    });
  }
}

test("a default that the caller left out is resolved on every way", async () => {
  const engine = await open();
  const { workflow_id } = await engine.run(
    [
      first,
      ask("q"),
      external("use", {
        params: { t: "${{inputs.token}}", o: "${{inputs.other}}", l: "${{inputs.list}}" },
        depends_on: ["q", "first"],
      }),
    ],
    { definition, params: { who: "somebody" } },
  );
  const next = await engine.crash();
  const done = next.opcode.signal({ workflow_id, ...decision });
  const call = await next.called("use");
  assert.deepEqual(call.params, { t: SECRET, o: SECRET, l: [SECRET, { w: "of-a-step" }] });
  call.resolve(null);
  assert.equal((await done).status, "completed");
});

test("a default that names a given input takes its text as it is", async () => {
  const engine = await open();
  const reply = await engine.run([echo("use", { got: "${{inputs.other}}" })], {
    definition: { inputs: { token: "x", other: "<${{inputs.token}}>" } },
    params: { token: "${{secrets.TOKEN}}" },
  });
  assert.deepEqual(reply.output, { got: "<${{secrets.TOKEN}}>" });
});

test("whatever tokens a caller's text is made of, nothing of it is resolved", async (t) => {
  const seed = chooseSeed();
  t.diagnostic(`seed ${seed}`);
  const random = seeded(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const parts = [
    "${{",
    "}}",
    "secrets.TOKEN",
    "workflow.run_id",
    "inputs.token",
    " ",
    "'",
    '"',
    "x",
  ];
  const engine = await open();
  await engine.define("w", [
    first,
    echo("use", { got: "${{inputs.given}}", in: "<${{inputs.given}}>", k: "${{inputs.deep}}" }),
  ], {
    definition: { inputs: { given: "${{secrets.TOKEN}}", deep: { a: "${{secrets.TOKEN}}" } } },
  });
  for (let round = 0; round < 100; round++) {
    const text = round % 2 === 0
      ? `\${{ ${
        pick(["secrets.TOKEN", "workflow.agent_id", "context.note", "steps.first.output.s"])
      }}}`
      : Array.from({ length: 1 + Math.floor(random() * 8) }, () => pick(parts)).join("");
    const { output } = await engine.opcode.run({
      ...start,
      params: { given: text, deep: { a: text, [text]: text } },
    });
    const use = (output as JsonObject).use ?? output;
    assert.deepEqual(use, { got: text, in: `<${text}>`, k: { a: text, [text]: text } }, text);
  }
  await settle();
});

test("the text of a token can be written, and is not resolved", async () => {
  const engine = await open();
  const reply = await engine.run([
    echo("use", {
      got: "token: ${{ '${{ secrets.TOKEN }}' }} and ${{ \"${{ inputs['a'] }}\" }}",
      alone: "${{ '${{ secrets.TOKEN }}' }}",
    }),
  ]);
  assert.deepEqual(reply.output, {
    got: "token: ${{ secrets.TOKEN }} and ${{ inputs['a'] }}",
    alone: "${{ secrets.TOKEN }}",
  });
});
