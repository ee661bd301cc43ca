// Where `${{decision.link}}` may stand, what it leads to, and who else is told of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Notification } from "../../engine/api.ts";
import type { DecisionLinks, LinkTerms } from "../../engine/links/links.ts";
import { openTestEngine, settle } from "../support/test-engine.ts";
import { TestVault } from "../support/test-vault.ts";

/** Links that say what they are of. */
function links(): DecisionLinks & { made: LinkTerms[] } {
  const made: LinkTerms[] = [];
  return {
    made,
    refused: undefined,
    urlOf(terms) {
      made.push(terms);
      return `https://x.example/decide/${terms.decisionId}`;
    },
  };
}

const DAY = 24 * 3_600_000;
const LINK = "${{decision.link}}";
const ask = (config: JsonObject): JsonObject => ({ id: "gate", type: "reasoning", config });

test("it stands in the prompt, in descriptions and in the data, and is that question's", async () => {
  const own = links();
  const engine = await openTestEngine({ links: own });
  const { workflow_id } = await engine.run([ask({
    prompt_context: `Answer at ${LINK}`,
    options: [{ id: "yes", description: `or at ${LINK}` }],
    data_inject: { whole: LINK, bare: "decision.link", text: "decision.linking" },
  })]);
  const { pending_decisions: [decision] } = await engine.opcode.status(workflow_id);
  const link = `https://x.example/decide/${decision!.decision_id}`;
  const { prompt, data } = decision!.context as JsonObject;
  assert.equal(prompt, `Answer at ${link}`);
  assert.deepEqual(data, { whole: link, bare: link, text: "decision.linking" });
  assert.deepEqual(decision!.options, [{ id: "yes", description: `or at ${link}` }]);
  const now = engine.clock.now();
  for (const { agentId, expiresAt, isBound } of own.made) {
    assert.deepEqual([agentId, expiresAt, isBound], ["link", now + 7 * DAY, false]);
  }
});

test("it answers as whom the decision asks, and holds as long as that waits; a retry has another", async () => {
  const own = links();
  const engine = await openTestEngine({ links: own });
  const { workflow_id } = await engine.run([
    ask({ prompt_context: LINK, target_agent: "ann", timeout: "20h" }),
  ]);
  const end = engine.clock.now() + 20 * 3_600_000;
  for (const { agentId, expiresAt } of own.made) {
    assert.deepEqual([agentId, expiresAt], ["ann", end]);
  }
  const asked = async () =>
    (await engine.opcode.status(workflow_id)).pending_decisions[0]?.decision_id;
  const first = await asked();
  await engine.clock.advance(20 * 3_600_000);
  await settle();
  await engine.opcode.signal({
    ...{ workflow_id, signal_type: "retry", step_id: "gate", agent_id: "a", wait_ms: 0 },
  });
  await settle();
  const second = await asked();
  assert.notEqual(second, first);
  assert.equal(own.made.at(-1)!.decisionId, second);
});

test("define refuses it anywhere else, with where it may stand", async () => {
  const engine = await openTestEngine({ links: links() });
  const rule =
    /decision\.link stands only in prompt_context, in the description of an option, or in data/;
  const refused: [JsonObject, string, RegExp][] = [
    [{ id: "a", action: "crypto.hash", params: { data: LINK } }, "steps[0].params.data", rule],
    [ask({ prompt_context: "?", target_agent: LINK }), "steps[0].config.target_agent", rule],
    [
      ask({ prompt_context: "${{decision.id}}" }),
      "steps[0].config.prompt_context",
      /only decision\.link/,
    ],
    [
      ask({ prompt_context: "${{decision.link.x}}" }),
      "steps[0].config.prompt_context",
      /only decision/,
    ],
    [ask({ prompt_context: "${{decision}}" }), "steps[0].config.prompt_context", /decision\.link/],
  ];
  for (const [step, path, told] of refused) {
    const definition = { steps: [step] };
    const error = await engine.opcode.define({ name: "w", agent_id: "a", definition })
      .then(() => assert.fail(path), (thrown) => thrown as OpcodeError);
    const [issue] = error.details!.errors as { path: string; message: string }[];
    assert.deepEqual([issue!.path, told.test(issue!.message)], [path, true], issue!.message);
  }
});

test("where nobody else reaches the daemon, define warns and the step fails, naming base_url", async () => {
  const engine = await openTestEngine();
  for (const config of [{ prompt_context: LINK }, { data_inject: { a: "decision.link" } }]) {
    const definition = { steps: [ask(config)] };
    const { warnings = [] } = await engine.opcode.define({ name: "w", agent_id: "a", definition });
    if (config.prompt_context) {
      assert.match(
        JSON.stringify(warnings),
        /reads decision\.link, and the step fails: base_url is not/,
      );
    }
    const reply = await engine.opcode.run({ template_name: "w", agent_id: "a" });
    assert.equal(reply.status, "failed");
    assert.match(reply.error!.message, /base_url: is not set, and a link is for people/);
  }
  const plain = await engine.run([ask({ prompt_context: "?" })]);
  assert.equal(plain.status, "suspended");
});

test("an agent that is told of a question is told its link; without base_url nothing of it", async () => {
  for (const own of [links(), undefined]) {
    const heard: Notification[] = [];
    const engine = await openTestEngine({
      ...(own && { links: own }),
      isThere: () => true,
      notify: (_, notification) => {
        heard.push(notification);
        return Promise.resolve({ notified: true });
      },
    });
    const { workflow_id } = await engine.run([ask({ prompt_context: "?" })]);
    await settle();
    const [decision] = (await engine.opcode.status(workflow_id)).pending_decisions;
    const { link } = heard[0]!.data as JsonObject;
    assert.equal(link, own && `https://x.example/decide/${decision!.decision_id}`);
  }
});

test("a callback of a suspended run has its open questions with their links", async () => {
  for (const own of [links(), undefined]) {
    const bodies: JsonObject[] = [];
    const engine = await openTestEngine({
      ...(own && { links: own }),
      secrets: new TestVault({ S: "sesame" }),
      post: ({ body }) => {
        bodies.push(JSON.parse(body));
        return Promise.resolve({ status: 200 });
      },
    });
    await engine.opcode.define({
      name: "w",
      agent_id: "a",
      definition: { steps: [ask({ prompt_context: "Ship?", options: [{ id: "yes" }] })] },
      triggers: { notify: { url: "http://r.test/", events: ["suspended"], secret: "S" } },
    });
    const { workflow_id } = await engine.opcode.run({ template_name: "w", agent_id: "a" });
    while (bodies.length === 0) await settle();
    const [decision] = (await engine.opcode.status(workflow_id)).pending_decisions;
    const { decision_id } = decision!;
    assert.deepEqual(
      bodies[0]!.pending_decisions,
      own && [{
        decision_id,
        step_id: "gate",
        prompt: "Ship?",
        options: [{ id: "yes" }],
        link: `https://x.example/decide/${decision_id}`,
      }],
    );
  }
});
