// Whether `opcode mcp --agent NAME` says for real clients who calls, where they do not say it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";

const BOT = "bridged-bot";
const DEFINITION = {
  steps: [{ id: "ask", type: "reasoning", config: { options: [{ id: "yes" }] } }],
};

for (const kind of SDK_CLIENTS.filter(({ name }) => name.endsWith("stdio"))) {
  test(`${kind.name}: define, run and signal are the agent's of the command line`, async (t) => {
    const { url } = await startTestDaemon(t);
    const get = async (path: string) => (await rest(url, "GET", `/api/v1${path}`)).body;
    const client = await kind.connect(url, ["--agent", BOT]);
    t.after(() => client.close());
    const call = async (tool: string, args: Record<string, unknown>) => {
      const { structuredContent, isError } = await client.call(`opcode.${tool}`, args);
      assert.equal(isError ?? false, false, JSON.stringify(structuredContent));
      return structuredContent;
    };

    await call("define", { name: "w", definition: DEFINITION });
    assert.equal((await get("/templates/w")).agent_id, BOT);

    const { workflow_id } = await call("run", { template_name: "w" });
    assert.equal((await get(`/runs/${workflow_id}`)).agent_id, BOT);
    const signal = { workflow_id, signal_type: "decision", step_id: "ask" };
    await call("signal", { ...signal, payload: { choice: "yes" } });
    const { decisions } = await get(`/decisions?workflow_id=${workflow_id}`);
    assert.equal(decisions[0].resolved_by, BOT);
    assert.equal((await call("query", { resource: "workflows" })).workflows.length, 1);

    const own = await call("run", { template_name: "w", agent_id: "other" });
    assert.equal((await get(`/runs/${own.workflow_id}`)).agent_id, "other", "who says it is heard");
    const ids = (await get("/agents")).agents.map(({ id }: { id: string }) => id);
    assert.deepEqual(ids.sort(), [BOT, "other"]);
  });

  test(`${kind.name}: without the flag a call must say who calls`, async (t) => {
    const { url } = await startTestDaemon(t);
    const client = await kind.connect(url);
    t.after(() => client.close());
    const reply = await client.call("opcode.define", { name: "w", definition: DEFINITION });
    assert.equal(reply.isError, true);
    assert.match(reply.content[0].text, /agent_id/);
  });
}
