// Which actions the settings take away, at define time and from templates that were stored before.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { builtinActions } from "../../actions/builtin.ts";
import { createRegistry } from "../../actions/registry.ts";
import { type ActionLimits, limitedRegistry } from "../../actions/allowed.ts";
import { startTestDaemon, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";

const registry = createRegistry(builtinActions);
const none: ActionLimits = { shellEnabled: true, allow: [], deny: [] };
const names = (limits: Partial<ActionLimits>) =>
  limitedRegistry(registry, { ...none, ...limits }).list().map(({ name }) => name);

test("without limits the registry stays the one it was", () => {
  assert.equal(limitedRegistry(registry, none), registry);
});

test("names and globs: deny wins over allow, an empty allow means all", () => {
  assert(!names({ shellEnabled: false }).includes("shell.exec"));
  assert.deepEqual(names({ allow: ["crypto.*"] }), ["crypto.hash", "crypto.hmac", "crypto.uuid"]);
  assert.deepEqual(names({ allow: ["crypto.*"], deny: ["*.h*"] }), ["crypto.uuid"]);
  assert.deepEqual(names({ deny: ["*"] }), []);
  assert.deepEqual(names({ allow: ["fs.stat", "shell.exec"], shellEnabled: false }), ["fs.stat"]);
});

test("a rule that names no action stops the start: it would not limit what was meant", () => {
  for (const setting of ["allow", "deny"] as const) {
    assert.throws(() => names({ [setting]: ["shell.exce"] }), {
      code: "VALIDATION_ERROR",
      message: `actions.${setting}: "shell.exce" names no action (did you mean "shell.exec"?)`,
    });
  }
});

const STEPS: Record<string, unknown> = {
  top: { id: "s", action: "shell.exec", params: { command: "true" } },
  inLoop: {
    id: "l",
    type: "loop",
    config: {
      over: "${{inputs.list}}",
      body: [{ id: "s", action: "shell.exec", params: { command: "true" } }],
    },
  },
};
const HOOK = { id: "h", action: "shell.exec", params: { command: "true" } };

for (
  const [settings, why] of [
    [{ "shell.enabled": "false" }, /shell\.exec" is refused: shell\.enabled is false/],
    [{ "actions.deny": "shell.*" }, /is refused: the setting actions\.deny has shell\.\*/],
    [
      { "actions.allow": "fs.*,workflow.*" },
      /is refused: the setting actions\.allow does not have it/,
    ],
  ] as const
) {
  const name = Object.keys(settings)[0]!;
  test(`${name}: a definition with the action is refused by the name of the setting, wherever it stands`, async (t) => {
    const { url } = await startTestDaemon(t, { settings });
    const hidden = await rest(url, "GET", "/api/v1/actions/shell.exec");
    assert.equal(hidden.status, 404);
    for (
      const [definition, path] of [
        [{ steps: [STEPS.top] }, "steps[0].action"],
        [{ steps: [STEPS.inLoop] }, "steps[0].config.body[0].action"],
        [
          { steps: [{ id: "a", action: "fs.stat", params: { path: "/" } }], on_complete: HOOK },
          "on_complete.action",
        ],
      ] as const
    ) {
      const body = { name: "w", agent_id: "a", definition };
      const { status, body: answer } = await rest(url, "POST", "/api/v1/templates", body);
      assert.equal(status, 400);
      assert.match(answer.error.message, why);
      const [issue] = answer.error.details.errors;
      assert.deepEqual([issue.path, issue.code], [path, "PERMISSION_DENIED"]);
    }
  });

  test(`${name}: a template that was stored before fails at the step, and its program does not run`, async (t) => {
    const home = tempHome(t);
    const before = await startTestDaemon(t, { home });
    const mark = `${home}/ran`;
    const steps = [
      { id: "free", action: "fs.stat", params: { path: "/" } },
      {
        id: "s",
        action: "shell.exec",
        depends_on: ["free"],
        params: { command: "touch", args: [mark] },
        retry: { max: 2, delay: "1ms" },
      },
    ];
    const define = { name: "w", agent_id: "a", definition: { steps } };
    assert.equal((await rest(before.url, "POST", "/api/v1/templates", define)).status, 201);
    await before.close();
    const { url } = await startTestDaemon(t, { home, settings });
    const run = { template_name: "w", agent_id: "a", wait_ms: 10_000 };
    const { body } = await rest(url, "POST", "/api/v1/runs", run);
    assert.equal(body.status, "failed");
    assert.equal(body.steps.free.status, "completed");
    assert.equal(body.steps.s.error.code, "PERMISSION_DENIED");
    assert.match(body.steps.s.error.message, new RegExp(why.source.replace('"', "")));
    const { body: stat } = await rest(url, "GET", `/api/v1/runs/${body.workflow_id}`);
    assert.equal(stat.steps.s.attempt, 1, "a refusal is not retried");
    assert.equal(existsSync(mark), false);
  });
}

test("a refused workflow.run starts no child", async (t) => {
  const home = tempHome(t);
  const before = await startTestDaemon(t, { home });
  const child = { steps: [{ id: "a", action: "crypto.uuid", params: {} }] };
  const parent = {
    steps: [{ id: "c", action: "workflow.run", params: { template_name: "child" } }],
  };
  for (const [name, definition] of Object.entries({ child, parent })) {
    await rest(before.url, "POST", "/api/v1/templates", { name, agent_id: "a", definition });
  }
  await before.close();
  const { url } = await startTestDaemon(t, { home, settings: { "actions.deny": "workflow.run" } });
  const run = { template_name: "parent", agent_id: "a", wait_ms: 10_000 };
  const { body } = await rest(url, "POST", "/api/v1/runs", run);
  assert.equal(body.steps.c.error.code, "PERMISSION_DENIED");
  const { body: list } = await rest(url, "GET", "/api/v1/runs");
  assert.equal(list.runs.length, 1);
});
