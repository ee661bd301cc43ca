// Whether what an agent is told about a typical mistake, done as it says, is accepted at once.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { openSession, type TestSession } from "../support/mcp-app.ts";

const hash = (id: string, more: JsonObject = {}): JsonObject => ({
  id,
  action: "crypto.hash",
  params: { data: "1" },
  ...more,
});
const get = (more: JsonObject) => ({
  id: "a",
  action: "http.get",
  params: { url: "http://127.0.0.1:1", fail_on_error_status: true },
  ...more,
});
const ask = (config: JsonObject, more: JsonObject = {}) => ({
  id: "a",
  type: "reasoning",
  config: { prompt_context: "ok?", options: [{ id: "approve" }, { id: "reject" }], ...config },
  ...more,
});
/** A step `a`, and one after it that logs the text. */
const log = (message: string) => [
  hash("a"),
  { id: "b", action: "workflow.log", depends_on: ["a"], params: { message } },
];
const shell = (params: JsonObject) => [{ id: "a", action: "shell.exec", params }];
const body = [hash("x")];
const TOKEN = "${{steps.a.output.hash}}";

/** Steps that are refused, what the refusal must say, and the steps written as it says. */
const STEPS: [what: string, wrong: JsonObject[], told: string[], mended: JsonObject[]][] = [
  ["timeout: 30", [hash("a", { timeout: 30 })], ['write "30s" or "30ms"'], [
    hash("a", { timeout: "30s" }),
  ]],
  ["retry: 3", [get({ retry: 3 })], ['write {"max": 3}'], [get({ retry: { max: 3 } })]],
  ['on_error: "ignore"', [get({ on_error: "ignore" })], ['write {"strategy": "ignore"}'], [
    get({ on_error: { strategy: "ignore" } }),
  ]],
  [
    "options as words",
    [ask({ options: ["approve", "reject"] })],
    ['write {"id": "approve"}', 'write {"id": "reject"}'],
    [ask({ options: [{ id: "approve" }, { id: "reject" }] })],
  ],
  ['action: "http"', [get({ action: "http" })], ['did you mean "http.get"'], [
    get({ action: "http.get" }),
  ]],
  ["needs", [hash("a"), hash("b", { needs: ["a"] })], ['did you mean "depends_on"?'], [
    hash("a"),
    hash("b", { depends_on: ["a"] }),
  ]],
  ["uses", [{ id: "a", uses: "crypto.uuid" }], ['did you mean "action"?'], [
    { id: "a", action: "crypto.uuid" },
  ]],
  [
    "with",
    [{ id: "a", action: "crypto.hash", with: { data: "1" } }],
    ['with: unknown key; did you mean "params"?'],
    [{ id: "a", action: "crypto.hash", params: { data: "1" } }],
  ],
  ["if", [hash("a", { if: "true" })], ['write "condition": "true" in CEL'], [
    hash("a", { condition: "true" }),
  ]],
  [
    "prompt",
    [{ id: "a", type: "reasoning", config: { prompt: "ok?" } }],
    ['did you mean "prompt_context"?'],
    [{ id: "a", type: "reasoning", config: { prompt_context: "ok?" } }],
  ],
  [
    "items",
    [{ id: "a", type: "loop", config: { items: [1, 2], body } }],
    ['items: unknown key; did you mean "over"?'],
    [{ id: "a", type: "loop", config: { over: [1, 2], body } }],
  ],
  [
    "fallback on the step",
    [ask({ timeout: "1h" }, { fallback: "reject" })],
    ['has it in config: {"config": {"fallback": …}}'],
    [ask({ timeout: "1h", fallback: "reject" })],
  ],
  [
    "template",
    [{ id: "a", action: "workflow.run", params: { template: "asks" } }],
    ['template_name: is required; did you mean it by "template"?'],
    [{ id: "a", action: "workflow.run", params: { template_name: "asks" } }],
  ],
  [
    "run as a step",
    [{ id: "a", run: "echo hi" }],
    ['{"action": "shell.exec", "params": {"command": "sh", "args": ["-c", "echo hi"]}}'],
    shell({ command: "sh", args: ["-c", "echo hi"] }),
  ],
  ["mustache", log("got {{steps.a.output.hash}}"), [`write ${TOKEN}`], log(`got ${TOKEN}`)],
  ["a dollar", log("$steps.a.output.hash"), [`write ${TOKEN}`], log(TOKEN)],
  ["single braces", log("{steps.a.output.hash}"), [`write ${TOKEN}`], log(TOKEN)],
  [
    "single braces inside a text",
    log("got {steps.a.output.hash} here"),
    [`write ${TOKEN}`],
    log(`got ${TOKEN} here`),
  ],
  ["a shell's braces", log("got ${steps.a}"), ["write ${{steps.a}}"], log("got ${{steps.a}}")],
  [
    "a misspelt dependency",
    [hash("fetch"), hash("b", { depends_on: ["fecth"] })],
    ['no sibling step has the id "fecth"; did you mean "fetch"?'],
    [hash("fetch"), hash("b", { depends_on: ["fetch"] })],
  ],
  [
    "reading a step that need not come before",
    [hash("a"), hash("b", { params: { data: TOKEN } })],
    ['add "a" to depends_on'],
    [hash("a"), hash("b", { params: { data: TOKEN }, depends_on: ["a"] })],
  ],
  [
    "tokens in CEL",
    [hash("a"), hash("b", { depends_on: ["a"], condition: `${TOKEN} != ''` })],
    [`write "steps.a.output.hash != ''"`],
    [hash("a"), hash("b", { depends_on: ["a"], condition: "steps.a.output.hash != ''" })],
  ],
  [
    "a command line",
    shell({ command: "ls -l" }),
    ['write "command": "ls", "args": ["-l"]'],
    shell({ command: "ls", args: ["-l"] }),
  ],
  ["max_retries", [get({ retry: { max_retries: 3 } })], ['did you mean "max"?'], [
    get({ retry: { max: 3 } }),
  ]],
  ["delay: 5", [get({ retry: { max: 3, delay: 5 } })], ['write "5s" or "5ms"'], [
    get({ retry: { max: 3, delay: "5s" } }),
  ]],
];

/** The same for what a tool is called with. */
const CALLS: [what: string, tool: string, wrong: JsonObject, told: string, mended: JsonObject][] = [
  [
    "version: 2",
    "run",
    { template_name: "plain", version: 2 },
    'version: must be string; write "v2"',
    { template_name: "plain", version: "v2" },
  ],
  [
    "inputs of a run",
    "run",
    { template_name: "reads", inputs: { x: "1" } },
    'did you mean "params"?',
    { template_name: "reads", params: { x: "1" } },
  ],
  [
    "dryRun",
    "define",
    { name: "dry", definition: { steps: body }, dryRun: true },
    'did you mean "dry_run"?',
    { name: "dry", definition: { steps: body }, dry_run: true },
  ],
];

describe("typical mistakes, mended", () => {
  const cleanup = suiteCleanup();
  let session: TestSession;
  before(async () => {
    const { url } = await startTestDaemon(cleanup);
    session = await openSession({ fetch: (path, init) => fetch(url + path, init) });
    await define("asks", [ask({})]);
    await define("plain", body);
    await define("reads", [hash("x", { params: { data: "${{inputs.x}}" } })]);
    await define("plain", [...body, hash("y")]);
  });
  const define = (name: string, steps: JsonObject[]) =>
    session.call("opcode.define", { name, agent_id: "bot", definition: { steps } });
  const isRefused = ({ isError, content: [{ text }] }: any, told: string[]) => {
    assert.equal(isError, true, text);
    for (const part of told) assert.ok(text.includes(part), text);
  };
  const isAccepted = ({ isError, content: [{ text }], structuredContent }: any) => {
    assert.equal(isError, undefined, text);
    // Nothing that is mended earns a warning either.
    assert.equal(structuredContent.warnings, undefined, text);
    return structuredContent;
  };

  for (const [what, wrong, told, mended] of STEPS) {
    test(`${what}: what the refusal says is accepted`, async () => {
      isRefused(await define("t", wrong), told);
      isAccepted(await define("t", mended));
    });
  }

  for (const [what, tool, wrong, told, mended] of CALLS) {
    test(`${what}: what the refusal says is accepted`, async () => {
      const call = (args: JsonObject) =>
        session.call(`opcode.${tool}`, { agent_id: "bot", ...args });
      isRefused(await call(wrong), [told]);
      isAccepted(await call(mended));
    });
  }

  test("status beside the filter: what the refusal says is accepted", async () => {
    const query = (args: JsonObject) => session.call("opcode.query", args);
    const wrong = { resource: "workflows", status: "failed" };
    isRefused(await query(wrong), ['did you mean "filter.status"?']);
    isAccepted(await query({ resource: "workflows", filter: { status: "failed" } }));
  });

  test("an unknown choice, a decision without ids: what the refusal says is accepted", async () => {
    const run = async () => {
      const started = await session.call("opcode.run", { template_name: "asks", agent_id: "bot" });
      const { workflow_id, pending_decisions: [pending] } = started.structuredContent;
      return { answer: { workflow_id, signal_type: "decision", agent_id: "bot" }, pending };
    };
    const signal = (args: JsonObject) => session.call("opcode.signal", args);
    const payload = { choice: "approve" };

    const first = await run();
    const byId = { ...first.answer, decision_id: first.pending.decision_id };
    isRefused(await signal({ ...byId, payload: { choice: "accept" } }), [
      'payload.choice: must be one of approve, reject, not "accept"',
    ]);
    assert.equal(isAccepted(await signal({ ...byId, payload })).status, "completed");

    const second = await run();
    isRefused(await signal({ ...second.answer, payload }), [
      "step_id: is required for a decision, or decision_id",
    ]);
    const byStep = { ...second.answer, step_id: second.pending.step_id, payload };
    assert.equal(isAccepted(await signal(byStep)).status, "completed");
  });
});
