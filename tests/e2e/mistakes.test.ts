// Whether an agent that makes a typical mistake is told enough to mend it in one round.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { openSession, type TestSession } from "../support/mcp-app.ts";

const get = { id: "get", action: "http.get", params: { url: "http://127.0.0.1:1" } };
/** A step after `get`. */
const then = (more: JsonObject): JsonObject => ({
  id: "b",
  action: "shell.exec",
  params: { command: "true" },
  depends_on: ["get"],
  ...more,
});
const say = (text: string) => then({ params: { command: "echo", args: [text] } });
const flow = (type: string, config: JsonObject | string, more: JsonObject = {}): JsonObject[] => [
  { id: "f", type, config, ...more },
];
const inside = [{ id: "i", action: "crypto.uuid" }];

/** What is defined, and all of what the text of the refusal must say. */
const DEFINED: [what: string, steps: unknown, told: string[], beside?: JsonObject][] = [
  ["seconds as a number", [then({ depends_on: [], timeout: 30 })], ['write "30s" or "30ms"']],
  ["milliseconds as a number", [then({ depends_on: [], timeout: 500 })], [
    'write "500ms" or "500s"',
  ]],
  ["minutes in words", [then({ depends_on: [], timeout: "5 minutes" })], ['write "5m"']],
  ["days", [then({ depends_on: [], timeout: "1d" })], ['write "24h"']],
  ["a timeout of ISO 8601", [then({ depends_on: [], timeout: "PT1H30M" })], ['write "1h30m"']],
  ["retry as a number", [get, then({ retry: 3 })], ['write {"max": 3}']],
  ["retry in other words", [get, then({ retry: { max_attempts: 3, interval: "1s" } })], [
    'write "max": 2 (the tries after the first)',
    'did you mean "delay"?',
  ]],
  ["on_error as a word", [get, then({ on_error: "ignore" })], ['write {"strategy": "ignore"}']],
  ["continue on error", [get, then({ on_error: "continue" })], ['write {"strategy": "ignore"}']],
  ["continue-on-error", [get, then({ "continue-on-error": true })], ['{"strategy": "ignore"}']],
  ["a strategy of others", [get, then({ on_error: { strategy: "fallback" } })], [
    'did you mean "fallback_step"?',
  ]],
  ["one dependency", [get, then({ depends_on: "get" })], ['write ["get"]']],
  ["needs", [get, then({ needs: ["get"] })], ['did you mean "depends_on"?']],
  ["uses and with", [{ id: "a", uses: "http.get", with: { url: "x" } }], [
    'did you mean "action"?',
    'did you mean "params"?',
  ]],
  ["if", [get, then({ if: "true" })], ['write "condition": "true" in CEL']],
  ["run", [{ id: "a", run: "ls -l" }], ['"action": "shell.exec"', '"args": ["-c", "ls -l"]']],
  ["name for id", [{ name: "a", action: "crypto.uuid" }], ['did you mean "id"?']],
  ["an action as type", [{ id: "a", type: "http.get" }], ['write "action": "http.get"']],
  ["http", [{ id: "a", action: "http" }], ['"http.get", "http.post" or "http.request"']],
  ["http.put", [{ id: "a", action: "http.put", params: { url: "x" } }], [
    '"http.request" with "method": "PUT"',
  ]],
  ["bash", [{ id: "a", action: "bash" }], ['did you mean "shell.exec"?']],
  ["sleep", [{ id: "a", action: "sleep" }], ['{"type": "wait", "config": {"duration": "5s"}}']],
  ["prompt", flow("reasoning", { prompt: "ok?" }), ['did you mean "prompt_context"?']],
  ["options as words", flow("reasoning", { options: ["approve"] }), ['write {"id": "approve"}']],
  [
    "a fallback that is no option",
    flow("reasoning", { options: [{ id: "yes" }, { id: "no" }], timeout: "1h", fallback: "ok" }),
    ['must be one of the options: "yes", "no"'],
  ],
  ["approval", flow("approval", {}), ['did you mean "reasoning"?']],
  ["items and steps", flow("loop", { items: [1], steps: inside }), [
    'did you mean "over"?',
    'did you mean "body"?',
  ]],
  ["over outside of config", [{ id: "f", type: "loop", over: [1], body: inside }], [
    '{"config": {"over": …}}',
  ]],
  ["the variable of a loop", flow("loop", { over: [1], as: "x", body: inside }), [
    "${{loop.item}}",
  ]],
  ["a branch that is a step", flow("parallel", { branches: inside }), ['[{"id": "i", …}]']],
  ["then and else", flow("condition", { if: "true", then: [], else: [] }), [
    'did you mean "expression"?',
    '"branches": {"true": [{…}], "false": [{…}]}',
  ]],
  ["a wait in one word", flow("wait", "5s"), ['write {"duration": "5s"}']],
  ["jobs", { a: { action: "crypto.uuid" } }, ['[{"id": "a", …}, …]']],
  ["mustache", [get, say("{{steps.get.output.body}}")], ["write ${{steps.get.output.body}}"]],
  ["a shell's braces", [get, say("x ${steps.get.output.body}")], [
    "write ${{steps.get.output.body}}",
  ]],
  ["a dollar", [get, say("$steps.get.output.body")], ["write ${{steps.get.output.body}}"]],
  ["single braces", [get, say("{steps.get.output.body}")], ["write ${{steps.get.output.body}}"]],
  ["a step's bare id", [get, say("${{get.output.body}}")], ["${{steps.get.output.body}}"]],
  ["params of a run", [get, say("${{params.x}}")], ["${{inputs.NAME}}"]],
  ["an item", [get, say("${{item}}")], ["${{loop.item}}"]],
  ["tokens in CEL", [get, then({ condition: "${{steps.get.output.status_code}} == 200" })], [
    'write "steps.get.output.status_code == 200"',
  ]],
  ["one =", [get, then({ condition: "steps.get.output.status_code = 200" })], ["with =="]],
  ["and", [get, then({ condition: "true and false" })], ["&&, || and !"]],
  ["a bare field in CEL", [get, then({ condition: "status_code == 200" })], [
    "did you mean steps.get.output.status_code?",
  ]],
  ["cmd", [get, then({ params: { cmd: "ls" } })], ["params.command", 'by "cmd"?']],
  ["args as text", [get, then({ params: { command: "ls", args: "-l" } })], ['write ["-l"]']],
  ["json of a post", [{ id: "a", action: "http.post", params: { json: {}, uri: "x" } }], [
    'params.url: is required; did you mean it by "uri"?',
  ]],
  ["a name in the definition", inside, ["beside the definition"], { name: "x" }],
  ["an unknown dependency", [get, then({ depends_on: ["gte"] })], ['did you mean "get"?']],
];

/** What is stored with a warning that says it. */
const WARNED: [what: string, steps: unknown, told: string[], beside?: JsonObject][] = [
  [".result of a request", [get, say("${{steps.get.result}}")], ["there are status_code, status"]],
  [".outputs of a loop", [...flow("loop", { over: [1], body: inside }), {
    ...say("${{steps.f.output.items}}"),
    depends_on: ["f"],
  }], ["there are iterations, results"]],
  ["json", [{ id: "a", action: "http.post", params: { url: "http://x", json: {} } }], [
    'did you mean "body"?',
  ]],
];

describe("typical mistakes", () => {
  const cleanup = suiteCleanup();
  let session: TestSession;
  let url: string;
  before(async () => {
    const daemon = await startTestDaemon(cleanup);
    url = daemon.url;
    session = await openSession({ fetch: (path, init) => fetch(daemon.url + path, init) });
  });
  const call = (tool: string, args: JsonObject) =>
    session.call(`opcode.${tool}`, { agent_id: "bot", ...args });
  const define = (steps: unknown, beside: JsonObject = {}, name = "t") =>
    call("define", { name, definition: { steps: steps as JsonObject[], ...beside } });
  const refused = async (tool: string, args: JsonObject, told: string[]) => {
    const { isError, content } = await session.call(`opcode.${tool}`, args);
    assert.equal(isError, true, content[0].text);
    for (const part of told) assert.ok(content[0].text.includes(part), content[0].text);
  };

  for (const [what, steps, told, beside] of DEFINED) {
    test(`${what}: the refusal says what to write`, async () => {
      const { isError, content } = await define(steps, beside);
      assert.equal(isError, true, content[0].text);
      for (const part of told) assert.ok(content[0].text.includes(part), content[0].text);
    });
  }

  for (const [what, steps, told, beside] of WARNED) {
    test(`${what}: the warning says what to write`, async () => {
      const { isError, content } = await define(steps, beside);
      assert.equal(isError, undefined, content[0].text);
      const { warnings } = JSON.parse(content[0].text);
      const text = JSON.stringify(warnings.map(({ message }: { message: string }) => message));
      for (const part of told) assert.ok(JSON.parse(text).join("\n").includes(part), text);
    });
  }

  test("wrong arguments of tools are told with the literal, all of them at once", async () => {
    await define([get]);
    const run = { template_name: "t", agent_id: "bot" };
    await refused("run", { ...run, version: 2 }, ['version: must be string; write "v2"']);
    await refused("run", { name: "t", agent_id: "bot", inputs: {} }, [
      'did you mean "template_name"?',
      'nor is inputs (did you mean "params"?)',
    ]);
    await refused("run", { ...run, template_name: "tt" }, ['did you mean "t"?']);
    await refused("query", { resource: "runs" }, ["workflows, events, templates, decisions"]);
  });

  test("a wrong choice is told the ids", async () => {
    const options = [{ id: "approve" }, { id: "reject" }];
    await define(flow("reasoning", { prompt_context: "?", options }), {}, "asks");
    const { structuredContent } = await call("run", { template_name: "asks" });
    const { workflow_id } = structuredContent;
    const answer = { workflow_id, signal_type: "decision", agent_id: "bot", step_id: "f" };
    const refusedWith = (payload: unknown, told: string) =>
      refused("signal", { ...answer, payload: payload as JsonObject }, [told]);
    await refusedWith({ choice: "yes" }, 'must be one of approve, reject, not "yes"');
    await refusedWith({}, "must be a non-empty text, one of approve, reject");
    await refusedWith("approve", 'such as {"choice": "approve"}');
  });

  test("a line in place of a program is told its args, or sh -c", async () => {
    const step = (command: string) => [{ id: "a", action: "shell.exec", params: { command } }];
    const refusedWith = (command: string, told: string) =>
      refused("define", { name: "line", agent_id: "bot", definition: { steps: step(command) } }, [
        told,
      ]);
    await refusedWith("ls -l /tmp", 'write "command": "ls", "args": ["-l", "/tmp"]');
    await refusedWith("ls | wc -l", '"args": ["-c", "…"] or "shell": true');
    const failed = async (command: string) => {
      await define(step(command), {}, "line");
      return (await call("run", { template_name: "line" })).structuredContent.error.message;
    };
    assert.match(await failed("/no/such ls -l"), /write "command": "\/no\/such", "args": \["ls"/);
    assert.match(await failed("no-such-program"), /command not found$/);
  });

  test("a failed request quotes the start of the body, a failed program its last line", async () => {
    const failed = async (step: JsonObject) => {
      await define([{ id: "a", ...step }], {}, "fails");
      return (await call("run", { template_name: "fails" })).structuredContent.error.message;
    };
    const params = { url: `${url}/api/v1/nope`, fail_on_error_status: true };
    assert.match(
      await failed({ action: "http.get", params }),
      /404 Not Found: \{"error":\{"code":"NOT_FOUND"/,
    );
    const args = ["-c", "echo first >&2; echo 'no such branch' >&2; exit 3"];
    assert.match(
      await failed({ action: "shell.exec", params: { command: "sh", args, fail_on_error: true } }),
      /exited with code 3: no such branch$/,
    );
  });
});
