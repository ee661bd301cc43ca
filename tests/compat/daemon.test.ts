// Whether the daemon does its work on the runtime that runs this test: the sources are for more than one.
//
// `deno task test:compat` runs it on Deno, `npm test -- compat` on Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPanel } from "../../cli/panel/load.ts";
import { startTestDaemon } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";

const STEPS = [
  { id: "uuid", action: "crypto.uuid" },
  {
    id: "jq",
    action: "jq.transform",
    depends_on: ["uuid"],
    params: { data: { list: [1, 2, 3] }, filter: ".list | add" },
  },
  { id: "expr", action: "expr.eval", params: { expression: "1 + 1" } },
  {
    id: "shell",
    action: "shell.exec",
    depends_on: ["jq"],
    params: { command: "echo", args: ["${{steps.jq.output.result}}"] },
  },
  {
    id: "each",
    type: "loop",
    config: {
      mode: "for_each",
      over: "[1, 2, 3]",
      body: [{ id: "double", action: "expr.eval", params: { expression: "loop.item * 2" } }],
    },
  },
];

const run = async (url: string) =>
  (await rest(url, "POST", "/api/v1/runs", {
    template_name: "all",
    agent_id: "tester",
    wait_ms: 30_000,
  })).body;

test("it runs what expressions, programs and loops make, draws it, and has it after a restart", async (t) => {
  const first = await startTestDaemon(t, { settings: { panel: "true" }, panel: loadPanel });
  await defineTemplate(first.url, "all", STEPS);
  const { status, output, workflow_id: id } = await run(first.url);
  assert.equal(status, "completed");
  assert.deepEqual(output.expr, { result: 2 });
  assert.equal(output.shell.stdout_raw, "6\n");
  assert.deepEqual(output.each.results, [{ result: 2 }, { result: 4 }, { result: 6 }]);
  const diagram = await rest(first.url, "GET", "/api/v1/templates/all/diagram?format=svg");
  assert.match(diagram.body.diagram, /^<svg/);
  const page = await fetch(`${first.url}/workflows/${id}`, { headers: { accept: "text/html" } });
  assert.equal(page.status, 200);
  await page.body?.cancel();
  await first.close();
  const second = await startTestDaemon(t, { home: first.home });
  const found = await rest(second.url, "GET", `/api/v1/runs/${id}`);
  assert.equal(found.body.status, "completed");
});
