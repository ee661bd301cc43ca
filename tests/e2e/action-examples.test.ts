// Whether the example of every action can be defined as it stands and does what it says, and is found alike on every surface.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { builtinActions } from "../../actions/builtin.ts";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../support/http.ts";
import { httpServer, type TestServer } from "../support/http-server.ts";
import { SDK_CLIENTS } from "../support/mcp-clients.ts";
import { mcpSession } from "../support/raw-mcp.ts";

const INPUTS = {
  code: 200,
  names: ["ann", "bob"],
  version: "v12",
  order: { id: 7 },
  orders: [{ id: 7 }, { id: 8 }],
  numbers: [1, 2, 3],
  text: "hello",
};

describe("actions", () => {
  let daemon: SpawnedDaemon;
  let server: TestServer;
  const cleanup = suiteCleanup();
  /** The folder of the examples. */
  let place: string;
  before(async () => {
    place = tempHome(cleanup);
    server = await httpServer(cleanup, (_request, response) => {
      response.setHeader("content-type", "application/json").end('{"ok": true}');
    });
    daemon = await spawnDaemon(cleanup, {
      cwd: place,
      env: { OPCODE_VAULT_KEY: `hex:${"a1".repeat(32)}` },
    });
    for (const name of ["SIGNING_KEY", "API_TOKEN"]) {
      const { status } = await rest(daemon.url, "PUT", `/api/v1/secrets/${name}`, {
        value: "s3cr3t-value",
      });
      assert.equal(status, 201);
    }
    await defineTemplate(daemon.url, "checksum", HASH_STEPS);
  });

  const query = async (filter: object) => {
    const headers = await mcpSession(daemon.url);
    const ask = async (method: string, params: object) => {
      const body = { jsonrpc: "2.0", id: 2, method, params };
      const text = (await fetch(`${daemon.url}/mcp`, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      }).then((answer) => answer.text())).replace(/^[^{]*data: /s, "");
      return JSON.parse(text).result;
    };
    const call = { name: "opcode.query", arguments: { resource: "actions", filter } };
    return { ask, answer: await ask("tools/call", call) };
  };

  for (const { name, output } of builtinActions) {
    test(`the example of ${name} is defined without a warning, and runs`, async () => {
      mkdirSync(join(place, "in"), { recursive: true });
      mkdirSync(join(place, "old/inner"), { recursive: true });
      writeFileSync(join(place, "in/notes.txt"), "one\n");
      const { body: doc } = await rest(daemon.url, "GET", `/api/v1/actions/${name}`);
      assert.equal(doc.example.action, name);
      const required = [...Object.keys(INPUTS), "base_url", "folder"];
      const defined = await rest(daemon.url, "POST", "/api/v1/templates", {
        name,
        agent_id: "tester",
        definition: { steps: [doc.example] },
        input_schema: { type: "object", properties: {}, required, additionalProperties: true },
      });
      assert.deepEqual(
        [defined.status, defined.body.warnings],
        [201, undefined],
        JSON.stringify(defined.body),
      );
      const { body: run } = await rest(daemon.url, "POST", "/api/v1/runs", {
        template_name: name,
        agent_id: "tester",
        params: { ...INPUTS, base_url: server.url, folder: place },
        wait_ms: 30_000,
      });
      if (name === "workflow.fail") {
        assert.deepEqual([run.status, run.error.message], ["failed", "no orders for hello"]);
        return;
      }
      assert.equal(run.status, "completed", JSON.stringify(run.error));
      const valid = new Ajv2020({ strict: false, validateFormats: false }).compile(output);
      assert.ok(valid(run.output), JSON.stringify([run.output, valid.errors]));
    });
  }

  test("examples of actions that reach outside did reach it", () => {
    assert.equal(readFileSync(join(place, "out/report.txt"), "utf8"), "hello");
    const asked = server.requests.map(({ method, url }) => `${method} ${url}`).sort();
    assert.deepEqual(asked, ["GET /items?limit=10", "POST /items", "PUT /items/7"]);
  });

  test("MCP, its resources, REST and the command line list the same actions", async () => {
    const { ask, answer } = await query({});
    const all = builtinActions.map(({ name }) => name).sort();
    const { actions } = answer.structuredContent;
    assert.deepEqual(actions.map(({ name }: any) => name), all);
    for (const { description, ...more } of actions) {
      assert.match(description, /^[A-Z].*\.$/);
      assert.deepEqual(Object.keys(more), ["name"]);
    }
    const { contents } = await ask("resources/read", { uri: "opcode://actions" });
    assert.deepEqual(JSON.parse(contents[0].text), { actions });
    assert.deepEqual((await rest(daemon.url, "GET", "/api/v1/actions")).body, { actions });
    const env = { OPCODE_HOME: daemon.home };
    const { stdout } = await runCli(["query", "actions", "--json"], { env });
    assert.deepEqual(JSON.parse(stdout), { actions });
  });

  test("MCP, its resources, REST and the command line say the same of one action", async () => {
    const name = "shell.exec";
    const { ask, answer } = await query({ name });
    const [doc] = answer.structuredContent.actions;
    assert.ok(doc.input.required.includes("command") && doc.output.properties.stdout);
    const { contents } = await ask("resources/read", { uri: `opcode://actions/${name}` });
    assert.deepEqual(JSON.parse(contents[0].text), doc);
    assert.deepEqual((await rest(daemon.url, "GET", `/api/v1/actions/${name}`)).body, doc);
    const listed = await rest(daemon.url, "GET", `/api/v1/actions?name=${name}`);
    assert.deepEqual(listed.body, { actions: [doc] });
    const env = { OPCODE_HOME: daemon.home };
    const one = await runCli(["query", "actions", "--filter", `name=${name}`, "--json"], { env });
    assert.deepEqual(JSON.parse(one.stdout), { actions: [doc] });
    const told = await runCli(["actions", name], { env });
    const example = told.stdout.slice(told.stdout.indexOf("\nexample\n") + "\nexample\n".length);
    assert.deepEqual(JSON.parse(example), doc.example);
  });

  for (const kind of SDK_CLIENTS) {
    test(`${kind.name}: tools/list and actions are taken by a client that checks schemas`, async (t) => {
      const client = await kind.connect(daemon.url);
      t.after(() => client.close());
      assert.ok((await client.tools()).includes("opcode.query"));
      const all = await client.call("opcode.query", { resource: "actions" });
      assert.equal(all.structuredContent.actions.length, builtinActions.length);
      const filter = { name: "http.get" };
      const one = await client.call("opcode.query", { resource: "actions", filter });
      assert.equal(one.structuredContent.actions[0].example.action, "http.get");
      const definition = { steps: [{ id: "a", action: "crypto.uuid" }] };
      const request = { name: "checked", agent_id: "tester", definition };
      const dry = await client.call("opcode.define", { ...request, dry_run: true });
      assert.equal(dry.structuredContent.dry_run, true);
    });
  }

  test("pages of actions end, and a name that is none is an error with the nearest", async () => {
    const first = (await query({ limit: 20 })).answer.structuredContent;
    const rest = (await query({ limit: 20, cursor: first.next_cursor })).answer.structuredContent;
    assert.deepEqual([first.actions.length, rest.next_cursor], [20, undefined]);
    assert.equal(first.actions.length + rest.actions.length, builtinActions.length);
    const { isError, structuredContent } = (await query({ name: "shel.exec" })).answer;
    assert.equal(isError, true);
    assert.match(
      structuredContent.error.message,
      /^action "shel\.exec" not found; did you mean "shell\.exec"\? There are shell\.exec, /,
    );
    const loop = (await query({ name: "loop" })).answer.structuredContent.error.message;
    assert.match(loop, /not found: it is a type of step, .*which opcode\.define describes$/);
  });
});
