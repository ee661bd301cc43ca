// Whether a secret that workflows use shows anywhere around a real daemon, and survives its restarts.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import {
  afterwards,
  type Cleanup,
  spawnDaemon,
  type SpawnedDaemon,
  tempHome,
} from "../support/daemon.ts";
import { type EchoServer, startEchoServer } from "../support/echo-server.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";

const SECRET = 'pa"ss/w0rd+42\\x?';
const TOKEN = "${{secrets.TOKEN}}";
const KEY = { OPCODE_VAULT_KEY: "correct horse" };

/** A daemon, and everything that it has ever answered. */
class Observed {
  readonly answers: string[] = [];
  daemon: SpawnedDaemon;

  constructor(daemon: SpawnedDaemon) {
    this.daemon = daemon;
  }

  async rest(method: string, path: string, body?: JsonObject): Promise<any> {
    const response = await fetch(`${this.daemon.url}${path}`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const answer = await response.text();
    this.answers.push(answer);
    return JSON.parse(answer);
  }

  async mcp(name: string, args: JsonObject): Promise<any> {
    const client = await SDK_CLIENTS[0]!.connect(this.daemon.url);
    try {
      const answer = await client.call(name, args);
      this.answers.push(JSON.stringify(answer));
      return answer.structuredContent;
    } finally {
      await client.close();
    }
  }

  /** Asks for everything there is about the run, on both surfaces. */
  async look(workflow_id: string): Promise<void> {
    await this.rest("GET", `/api/v1/runs/${workflow_id}`);
    await this.rest("GET", `/api/v1/runs/${workflow_id}/events`);
    await this.mcp("opcode.status", { workflow_id });
    await this.mcp("opcode.diagram", { workflow_id });
    for (const resource of ["workflows", "events", "decisions", "templates"]) {
      await this.mcp("opcode.query", { resource });
    }
  }
}

async function observe(t: Cleanup, home: string): Promise<Observed> {
  const observed = new Observed(await spawnDaemon(t, { home, env: KEY }));
  await observed.rest("PUT", "/api/v1/secrets/TOKEN", { value: SECRET });
  // That request alone held the secret; its answer must not.
  return observed;
}

function start(observed: Observed, name: string, steps: JsonObject[]): Promise<any> {
  return define(observed, name, steps).then(() =>
    observed.rest("POST", "/api/v1/runs", {
      template_name: name,
      agent_id: "tester",
      wait_ms: 60_000,
    })
  );
}

function define(observed: Observed, name: string, steps: JsonObject[]): Promise<any> {
  return observed.rest("POST", "/api/v1/templates", {
    name,
    agent_id: "tester",
    definition: { steps },
  });
}

function decide(observed: Observed, run: string, step_id: string): Promise<any> {
  return observed.rest("POST", `/api/v1/runs/${run}/signal`, {
    agent_id: "ann",
    signal_type: "decision",
    step_id,
    payload: { choice: "yes" },
    wait_ms: 60_000,
  });
}

function forms(): string[] {
  const bytes = Buffer.from(SECRET);
  const json = JSON.stringify(SECRET).slice(1, -1);
  return [
    SECRET,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(SECRET),
    new URLSearchParams({ a: SECRET }).toString().slice(2),
    bytes.toString("hex"),
    ...(["base64", "base64url"] as const).flatMap((encoding) =>
      [0, 1, 2].map((before) =>
        Buffer.concat([Buffer.alloc(before), bytes]).toString(encoding).slice(4, -4)
      )
    ),
  ];
}

/** Nothing in the data directory, the daemon's log or its answers. */
function assertNowhere(observed: Observed, home: string): void {
  const places: [string, Buffer][] = readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, readFileSync(path)];
    });
  places.push(["the log", Buffer.from(observed.daemon.log())]);
  places.push(["the answers", Buffer.from(observed.answers.join("\n"))]);
  for (const [place, bytes] of places) {
    for (const form of forms()) {
      const at = bytes.indexOf(form);
      const near = bytes.subarray(Math.max(0, at - 60), at + 60).toString("latin1");
      assert.equal(at, -1, `${form} in ${place}: ${near}`);
    }
  }
}

const question = (id: string, after: string[], more: JsonObject = {}) => ({
  id,
  type: "reasoning",
  depends_on: after,
  config: { prompt_context: "go on?", options: [{ id: "yes" }], ...more },
});

test("a secret that goes everywhere shows nowhere", async (t) => {
  const echo = await startEchoServer();
  afterwards(t, () => echo.close());
  const home = tempHome(t);
  const observed = await observe(t, home);
  const ignore = { on_error: { strategy: "ignore" } };
  const post = (id: string, params: JsonObject) => ({
    id,
    action: "http.post",
    params: { url: `${echo.url}/${id}`, ...params },
  });
  const run = await start(observed, "everywhere", [
    post("header", { headers: { "x-key": TOKEN }, body: TOKEN }),
    post("basic", { auth: { type: "basic", username: "user", password: TOKEN }, body: "" }),
    post("query", { url: `${echo.url}/fail?key=${TOKEN}`, body: "" }),
    { id: "down", action: "http.get", params: { url: `http://127.0.0.1:1/${TOKEN}` }, ...ignore },
    {
      id: "env",
      action: "shell.exec",
      params: {
        command: 'printf %s "$KEY"; printf %s "$KEY" | base64; printf %s "$KEY" >&2',
        shell: true,
        env: { KEY: TOKEN },
      },
    },
    {
      id: "json",
      action: "shell.exec",
      params: { command: "cat", stdin: `{"nested": ["x"], "s": "plain"}` },
    },
    {
      id: "failing",
      action: "shell.exec",
      params: { command: 'printf %s "$KEY" >&2; exit 3', shell: true, env: { KEY: TOKEN } },
      ...ignore,
    },
    { id: "expr", action: "expr.eval", params: { expression: "data", data: TOKEN } },
    {
      id: "b64",
      action: "expr.eval",
      params: { expression: "toBase64('ab' + data)", data: TOKEN },
    },
    {
      id: "assert",
      action: "assert.equals",
      params: { actual: TOKEN, expected: "other" },
      ...ignore,
    },
    {
      id: "log",
      action: "workflow.log",
      params: { message: `it is ${TOKEN}`, data: { t: TOKEN } },
    },
    { id: "emit", action: "workflow.emit", params: { event_type: "e", payload: { t: TOKEN } } },
    { id: "notify", action: "workflow.notify", params: { message: TOKEN, data: { t: TOKEN } } },
    {
      id: "context",
      action: "workflow.context",
      params: { action: "update", data: { t: TOKEN } },
    },
    question("ask", ["env", "b64", "context", "query"], {
      prompt_context: "is ${{steps.env.output.stdout}} right?",
      data_inject: { seen: "steps.env.output" },
    }),
    { id: "last", action: "crypto.uuid", depends_on: ["ask"] },
  ]);
  assert.equal(run.status, "suspended", JSON.stringify(run));
  assert.ok(echo.received.some((request) => request.includes("Basic ")));
  await observed.look(run.workflow_id);
  assertNowhere(observed, home);
  const done = await decide(observed, run.workflow_id, "ask");
  assert.equal(done.status, "completed", JSON.stringify(done));
  await observed.look(run.workflow_id);
  await observed.daemon.stop();
  assertNowhere(observed, home);
});

/** What the last request to the path brought. */
function bodyOf(echo: EchoServer, path: string): unknown {
  const found = echo.received.map((request) => JSON.parse(request)).findLast(({ url }) =>
    url === path
  );
  return JSON.parse(found?.body);
}

test("what a step answered reaches a later step whole after a restart", async (t) => {
  const echo = await startEchoServer();
  afterwards(t, () => echo.close());
  const home = tempHome(t);
  const observed = await observe(t, home);
  const post = (id: string, body: string, after: string[]) => ({
    id,
    action: "http.post",
    params: { url: `${echo.url}/${id}`, body },
    depends_on: after,
  });
  await define(observed, "child", [
    question("ask", []),
    post("child-sends", "${{inputs.token}}", ["ask"]),
  ]);
  const run = await start(observed, "restarted", [
    post("a", TOKEN, []),
    question("ask", ["a"]),
    post("c", "${{steps.a.output.body.body}}", ["ask"]),
    {
      id: "child",
      action: "workflow.run",
      params: { template_name: "child", params: { token: TOKEN } },
    },
    { id: "list", action: "expr.eval", params: { expression: "[data, 'x']", data: TOKEN } },
    {
      id: "each",
      type: "loop",
      depends_on: ["list"],
      config: {
        over: "${{steps.list.output.result}}",
        body: [question("ask-each", []), post("item", "${{loop.item}}", ["ask-each"])],
      },
    },
  ]);
  assert.equal(run.status, "suspended", JSON.stringify(run));
  const { child_workflow_id } = (await observed.rest("GET", `/api/v1/runs/${run.workflow_id}`))
    .steps.child;
  await observed.daemon.kill();
  assertNowhere(observed, home);

  observed.daemon = await spawnDaemon(t, { home, env: KEY });
  await decide(observed, run.workflow_id, "ask");
  // The server gives back what it got: the text as JSON.
  assert.equal(bodyOf(echo, "/c"), JSON.stringify(SECRET));
  await decide(observed, run.workflow_id, "each.iter_0.ask-each");
  assert.equal(bodyOf(echo, "/item"), SECRET);
  await decide(observed, run.workflow_id, "each.iter_1.ask-each");
  assert.equal(bodyOf(echo, "/item"), "x");
  await decide(observed, child_workflow_id, "ask");
  assert.equal(bodyOf(echo, "/child-sends"), SECRET);
  await observed.look(run.workflow_id);
  await observed.look(child_workflow_id);
  const { status } = await observed.rest("GET", `/api/v1/runs/${run.workflow_id}`);
  assert.ok(status === "completed" || status === "active", status);
  await observed.daemon.stop();
  assertNowhere(observed, home);
});
