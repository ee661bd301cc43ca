// Whether real MCP clients can ask for a decision, see it, get it wrong, and give it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { listTools } from "../../server/mcp/tools/toolset.ts";
import { startTestDaemon } from "../support/daemon.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";

const DEFINITION = {
  steps: [
    { id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
    {
      id: "approve",
      type: "reasoning",
      depends_on: ["hash"],
      config: {
        prompt_context: "Publish ${{inputs.text}}?",
        data_inject: { hash: "steps.hash.output.hash" },
        options: [{ id: "yes", description: "publish" }, { id: "no" }],
        timeout: "1h",
        fallback: "no",
      },
    },
    {
      id: "made",
      action: "assert.equals",
      depends_on: ["approve"],
      params: { expected: "yes", actual: "${{steps.approve.output.choice}}" },
    },
    { id: "gate", type: "wait", depends_on: ["made"], config: { signal: "published" } },
  ],
};

for (const kind of SDK_CLIENTS) {
  test(`${kind.name}: a decision is asked for, refused when wrong, and made`, async (t) => {
    const daemon = await startTestDaemon(t);
    const client = await kind.connect(daemon.url);
    t.after(() => client.close());
    await client.tools();
    const call = async (tool: string, args: Record<string, unknown>) => {
      const result = await client.call(`opcode.${tool}`, args);
      const schema = listTools("dots", []).find(({ name }) =>
        name === `opcode.${tool}`
      )!.outputSchema;
      const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
      assert.ok(valid(result.structuredContent), JSON.stringify(valid.errors));
      return result;
    };
    const told = async (tool: string, args: Record<string, unknown>) => {
      const { structuredContent, isError } = await call(tool, args);
      assert.ok(!isError, JSON.stringify(structuredContent));
      return structuredContent;
    };
    await told("define", { name: "ask", agent_id: "bot", definition: DEFINITION });
    const run = await told("run", {
      template_name: "ask",
      agent_id: "bot",
      params: { text: "it" },
    });
    assert.equal(run.status, "suspended");
    const [{ timeout_at, decision_id, ...brief }] = run.pending_decisions;
    assert.deepEqual(brief, { step_id: "approve", options: ["yes", "no"] });
    assert.ok(Date.parse(timeout_at) > Date.parse(run.started_at));

    const { workflow_id } = run;
    const { pending_decisions, steps } = await told("status", { workflow_id });
    const { prompt, data } = pending_decisions[0].context;
    assert.deepEqual([prompt, data], ["Publish it?", { hash: steps.hash.output.hash }]);
    const filter = { status: "pending" };
    const { decisions } = await told("query", { resource: "decisions", filter });
    assert.deepEqual(decisions, pending_decisions);
    assert.equal(pending_decisions[0].decision_id, decision_id);

    const signal = { workflow_id, signal_type: "decision", agent_id: "bot", decision_id };
    const unnamed = await call("signal", {
      ...signal,
      decision_id: undefined,
      payload: { choice: "yes" },
    });
    assert.deepEqual(unnamed.structuredContent.error.details.pending, [
      { step_id: "approve", decision_id },
    ]);
    for (const payload of [{ choice: "maybe" }, {}]) {
      const refused = await call("signal", { ...signal, payload });
      assert.equal(refused.isError, true);
      assert.equal(refused.structuredContent.error.code, "VALIDATION_ERROR");
    }
    assert.equal((await told("status", { workflow_id })).pending_decisions.length, 1);

    const made = await told("signal", { ...signal, payload: { choice: "yes" }, reasoning: "ok" });
    assert.deepEqual([made.ok, made.resumed, made.status], [true, true, "suspended"]);
    assert.deepEqual(made.waiting_signals, [{ step_id: "gate", signal: "published" }]);
    const resolution = { choice: "yes", reasoning: "ok", resolved_by: "bot" };
    assert.deepEqual(made.steps.approve.output, resolution);

    const done = await told("signal", {
      workflow_id,
      signal_type: "data",
      payload: { signal: "published", url: "x" },
    });
    assert.equal(done.status, "completed");
    const end = await told("status", { workflow_id });
    assert.deepEqual([end.status, end.pending_decisions], ["completed", []]);
    const resolved = await told("query", { resource: "decisions", filter: { workflow_id } });
    assert.deepEqual(resolved.decisions[0].resolution, resolution);
    assert.equal(resolved.decisions[0].via, "mcp");
  });
}
