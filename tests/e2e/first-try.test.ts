// Whether definitions that were written from what tools/list says alone are right at the first try.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { httpServer, type TestServer } from "../support/http-server.ts";
import { mcpSession } from "../support/raw-mcp.ts";

interface Warning {
  message: string;
}

interface Attempt {
  definition: object;
  params?: object;
  /** What the run's output must be, or hold when it is a pattern. */
  output: unknown;
  /** What to signal once the run is suspended. */
  signal?: object;
}

const ATTEMPTS: Record<string, (url: string) => Attempt> = {
  "fetch, filter, post": (url) => ({
    definition: {
      steps: [
        {
          id: "get",
          action: "http.get",
          params: { url: "${{inputs.url}}/items", fail_on_error_status: true },
        },
        {
          id: "pick",
          action: "jq.transform",
          depends_on: ["get"],
          params: { filter: "map(select(.n > 1))", data: "${{steps.get.output.body}}" },
        },
        {
          id: "post",
          action: "http.post",
          depends_on: ["pick"],
          params: {
            url: "${{inputs.url}}/echo",
            body: { items: "${{steps.pick.output.result}}" },
            fail_on_error_status: true,
          },
        },
        {
          id: "out",
          action: "expr.eval",
          depends_on: ["post"],
          params: { expression: "data.items[0].n", data: "${{steps.post.output.body}}" },
        },
      ],
    },
    params: { url },
    output: { result: 2 },
  }),
  "a flaky endpoint": (url) => ({
    definition: {
      steps: [
        {
          id: "call",
          action: "http.get",
          params: { url: "${{inputs.url}}/flaky", fail_on_error_status: true },
          retry: { max: 2, delay: "10ms", backoff: "constant" },
        },
        {
          id: "say",
          action: "assert.equals",
          depends_on: ["call"],
          params: { expected: 200, actual: "${{steps.call.output.status_code}}" },
        },
      ],
    },
    params: { url },
    output: { pass: true },
  }),
  "a script with standard input, its JSON used": () => ({
    definition: {
      steps: [
        {
          id: "sh",
          action: "shell.exec",
          params: { command: "cat", stdin: '{"a": {"b": 3}}', fail_on_error: true, timeout: "10s" },
        },
        {
          id: "sum",
          action: "expr.eval",
          depends_on: ["sh"],
          condition: "steps.sh.output.stdout.a.b == 3",
          params: { expression: "data + 1", data: "${{steps.sh.output.stdout.a.b}}" },
        },
      ],
    },
    output: { result: 4 },
  }),
  "a fan-out whose bodies are collected": (url) => ({
    definition: {
      steps: [
        {
          id: "each",
          type: "loop",
          config: {
            over: "${{inputs.paths}}",
            concurrency: 3,
            body: [{ id: "get", action: "http.get", params: { url: `${url}/\${{loop.item}}` } }],
          },
        },
        {
          id: "bodies",
          action: "jq.transform",
          depends_on: ["each"],
          params: { filter: "map(.body.path)", data: "${{steps.each.output.results}}" },
        },
      ],
    },
    params: { paths: ["a", "b", "c"] },
    output: { result: ["/a", "/b", "/c"] },
  }),
  "a branch by a value": () => ({
    definition: {
      inputs: { n: 12 },
      steps: [
        {
          id: "size",
          type: "condition",
          config: {
            expression: "inputs.n > 10 ? 'large' : 'small'",
            branches: {
              large: [{ id: "l", action: "crypto.hash", params: { data: "large" } }],
              small: [{ id: "s", action: "crypto.hash", params: { data: "small" } }],
            },
          },
        },
        {
          id: "tell",
          action: "assert.equals",
          depends_on: ["size"],
          params: { expected: "large", actual: "${{steps.size.output.branch}}" },
        },
      ],
    },
    output: { pass: true },
  }),
  "an approval with a deadline": () => ({
    definition: {
      steps: [
        {
          id: "ask",
          type: "reasoning",
          config: {
            prompt_context: "Deploy ${{inputs.version}}?",
            options: [{ id: "yes" }, { id: "no", description: "wait" }],
            data_inject: { version: "inputs.version" },
            timeout: "1h",
            fallback: "no",
          },
        },
        {
          id: "done",
          action: "assert.equals",
          depends_on: ["ask"],
          condition: 'steps.ask.output.choice == "yes"',
          params: { expected: "first-try", actual: "${{steps.ask.output.resolved_by}}" },
        },
      ],
    },
    params: { version: "v7" },
    signal: { signal_type: "decision", payload: { choice: "yes" }, agent_id: "first-try" },
    output: { pass: true },
  }),
  "a race against a timer, its winner in CEL": () => ({
    definition: {
      steps: [
        {
          id: "race",
          type: "parallel",
          config: {
            mode: "race",
            branches: [
              [{ id: "slow", action: "shell.exec", params: { command: "sleep", args: ["20"] } }],
              [{ id: "limit", type: "wait", config: { duration: "50ms" } }],
            ],
          },
        },
        {
          id: "late",
          action: "crypto.hash",
          depends_on: ["race"],
          condition: "steps.race.output.winner == 1",
          params: { data: "late" },
        },
      ],
    },
    output: /"algorithm":"sha256"/,
  }),
  "polling until it is there": (url) => ({
    definition: {
      steps: [
        {
          id: "poll",
          type: "loop",
          config: {
            mode: "until",
            condition: "steps.look.output.status_code == 200",
            max_iter: 5,
            body: [
              { id: "look", action: "http.get", params: { url: "${{inputs.url}}/later" } },
              { id: "pause", type: "wait", config: { duration: "10ms" } },
            ],
          },
        },
        {
          id: "count",
          action: "expr.eval",
          depends_on: ["poll"],
          params: { expression: "data", data: "${{steps.poll.output.iterations}}" },
        },
      ],
    },
    params: { url },
    output: { result: 3 },
  }),
  "another workflow as a step, then a wait for a signal": () => ({
    definition: {
      steps: [
        {
          id: "child",
          action: "workflow.run",
          params: { template_name: "a-branch-by-a-value", params: { n: 50 } },
        },
        {
          id: "gate",
          type: "wait",
          depends_on: ["child"],
          config: { signal: "go", duration: "1h" },
        },
        {
          id: "both",
          action: "assert.schema",
          depends_on: ["gate"],
          params: {
            data: {
              child: "${{steps.child.output.pass}}",
              by: "${{steps.gate.output.payload.by}}",
            },
            schema: { properties: { child: { const: true }, by: { const: "me" } } },
          },
        },
      ],
    },
    signal: { signal_type: "data", payload: { signal: "go", by: "me" } },
    output: { pass: true },
  }),
  "a secret in a header, files side by side": (url) => ({
    definition: {
      steps: [
        {
          id: "get",
          action: "http.get",
          params: {
            url: "${{inputs.url}}/secret",
            headers: { authorization: "Bearer ${{secrets.API_TOKEN}}" },
            fail_on_error_status: true,
          },
        },
        {
          id: "write",
          action: "fs.write",
          depends_on: ["get"],
          params: {
            path: "deep/a.txt",
            content: "${{steps.get.output.body.path}}",
            create_dirs: true,
          },
        },
        { id: "list", action: "fs.list", depends_on: ["write"], params: { path: "deep" } },
        { id: "read", action: "fs.read", depends_on: ["write"], params: { path: "deep/a.txt" } },
        {
          id: "same",
          action: "assert.equals",
          depends_on: ["list", "read"],
          params: {
            expected: "a.txt /secret",
            actual: "${{steps.list.output.entries[0].name}} ${{steps.read.output.content}}",
          },
        },
      ],
    },
    params: { url },
    output: { pass: true },
  }),
};

describe("right at the first try", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let server: TestServer;
  let call: (name: string, args: object) => Promise<any>;
  before(async () => {
    const failures: Record<string, number> = { "/flaky": 2, "/later": 2 };
    server = await httpServer(cleanup, (request, response) => {
      const path = request.url!;
      const refused = path === "/secret" && request.headers.authorization !== "Bearer t0ken-value";
      response.statusCode = refused ? 401 : (failures[path] ?? 0) > 0 ? 503 : 200;
      failures[path] = (failures[path] ?? 0) - 1;
      response.setHeader("content-type", "application/json");
      if (path === "/echo") return void request.pipe(response);
      response.end(JSON.stringify(path === "/items" ? [{ n: 1 }, { n: 2 }] : { path }));
    });
    const env = { OPCODE_VAULT_KEY: `hex:${"a1".repeat(32)}` };
    daemon = await spawnDaemon(cleanup, { cwd: tempHome(cleanup), env });
    await rest(daemon.url, "PUT", "/api/v1/secrets/API_TOKEN", { value: "t0ken-value" });
    const headers = await mcpSession(daemon.url);
    call = async (name, args) => {
      const params = { name, arguments: { agent_id: "first-try", ...args } };
      const answer = await fetch(`${daemon.url}/mcp`, {
        method: "POST",
        headers,
        body: JSON.stringify({ jsonrpc: "2.0", id: 2, method: "tools/call", params }),
      });
      const text = await answer.text();
      return JSON.parse(/^\{/.test(text) ? text : /^data: (\{.*)$/m.exec(text)![1]!).result
        .structuredContent;
    };
  });

  for (const [what, attempt] of Object.entries(ATTEMPTS)) {
    test(what, async () => {
      const { definition, params = {}, signal, output } = attempt(server.url);
      const name = what.replaceAll(/\W+/g, "-");
      const defined = await call("opcode.define", { name, definition });
      const { warnings = [], ...stored } = defined;
      assert.deepEqual(stored, { name, version: "v1" });
      // They say nothing of their inputs, and write beside the daemon: they are told what to write.
      const known = /^does not say that runs need|^"deep.*" is relative/;
      assert.deepEqual(warnings.filter(({ message }: Warning) => !known.test(message)), []);
      let run = await call("opcode.run", { template_name: name, params });
      if (signal) {
        assert.equal(run.status, "suspended", JSON.stringify(run));
        const [decision] = run.pending_decisions ?? [];
        const { workflow_id } = run;
        run = await call("opcode.signal", {
          workflow_id,
          ...(decision && { decision_id: decision.decision_id }),
          ...signal,
        });
      }
      assert.equal(run.status, "completed", JSON.stringify(run.error ?? run));
      if (output instanceof RegExp) assert.match(JSON.stringify(run.output), output);
      else assert.deepEqual(run.output, output);
    });
  }
});
