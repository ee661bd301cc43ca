// Whether a caller on any surface can have a secret resolved by naming it, before and after a restart.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";

const SECRET = "s3cr3t-value-of-all";
const TOKEN = "${{secrets.TOKEN}}";
const KEY = { OPCODE_VAULT_KEY: "correct horse" };
const use = {
  id: "use",
  action: "expr.eval",
  params: { expression: "data", data: "${{inputs.token}}" },
};
const ask = {
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "go on?", options: [{ id: "yes" }] },
};

async function define(url: string, name: string, steps: JsonObject[]): Promise<void> {
  const { status, body } = await rest(url, "POST", "/api/v1/templates", {
    name,
    agent_id: "author",
    definition: { inputs: { token: TOKEN }, steps },
  });
  assert.equal(status, 201, JSON.stringify(body));
}

async function run(url: string, body: JsonObject): Promise<any> {
  const all = { agent_id: "caller", wait_ms: 20_000, ...body };
  return (await rest(url, "POST", "/api/v1/runs", all)).body;
}

async function mcp(daemon: SpawnedDaemon, name: string, args: JsonObject): Promise<any> {
  const client = await SDK_CLIENTS[0]!.connect(daemon.url);
  try {
    return (await client.call(name, args)).structuredContent;
  } finally {
    await client.close();
  }
}

test("a caller who names a secret where its default does gets the name", async (t) => {
  const home = tempHome(t);
  let daemon = await spawnDaemon(t, { home, env: KEY });
  const { url } = daemon;
  await rest(url, "PUT", "/api/v1/secrets/TOKEN", { value: SECRET });
  await define(url, "plain", [use]);
  await define(url, "asks", [ask, { ...use, depends_on: ["ask"] }]);
  await define(url, "parent", [{
    id: "child",
    action: "workflow.run",
    params: { template_name: "plain", params: { token: "${{inputs.fetched}}" } },
  }]);
  const params = { token: TOKEN };

  // Left out, the default is the secret: what is masked was resolved.
  assert.deepEqual((await run(url, { template_name: "plain" })).output, { result: "***" });

  const rested = await run(url, { template_name: "plain", params });
  assert.deepEqual(rested.output, { result: TOKEN });
  const called = await mcp(daemon, "opcode.run", {
    template_name: "plain",
    agent_id: "caller",
    params,
  });
  assert.deepEqual(called.output, { result: TOKEN });
  const typed = await runCli(["run", "plain", "--param", `token=${TOKEN}`], {
    env: { OPCODE_HOME: home },
  });
  assert.deepEqual(JSON.parse(typed.stdout), { result: TOKEN }, typed.stderr);
  const parent = await run(url, { template_name: "parent", params: { fetched: TOKEN } });
  assert.deepEqual(parent.output, { result: TOKEN });
  const fork = { from_run: rested.workflow_id, from_step: "use" };
  assert.deepEqual((await run(url, fork)).output, { result: TOKEN });
  assert.deepEqual((await run(url, { ...fork, params })).output, { result: TOKEN });

  const asked = await run(url, { template_name: "asks", params });
  assert.equal(asked.status, "suspended");
  await daemon.kill();
  daemon = await spawnDaemon(t, { home, env: KEY });
  const signal = {
    agent_id: "ann",
    signal_type: "decision",
    step_id: "ask",
    payload: { choice: "yes" },
    wait_ms: 20_000,
  };
  const path = `/api/v1/runs/${asked.workflow_id}/signal`;
  const answered = (await rest(daemon.url, "POST", path, signal)).body;
  assert.deepEqual(answered.output, { result: TOKEN });
  const again = { from_run: asked.workflow_id, from_step: "use" };
  assert.deepEqual((await run(daemon.url, again)).output, { result: TOKEN });
});
