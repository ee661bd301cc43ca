// That an agent's rights hold on every way in, and that its name is its own: surfaces × rights.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { tokenHash } from "../../server/callers.ts";
import { cliCommand, runCli } from "../support/cli.ts";
import { startTestDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { bothEras, events, openSession } from "../support/mcp-app.ts";
import { startBridge, type StdioBridge } from "../support/stdio.ts";
import { NO_FILE } from "../support/store-env.ts";

const ADMIN = "admin-token-of-the-daemon";
const tokens = Object.fromEntries(
  ["alice", "bob", "carol"].map((name) => [name, `oca_${name.padEnd(43, "x")}`]),
) as Record<"alice" | "bob" | "carol", string>;
const hash = (name: "alice" | "bob" | "carol") => tokenHash(tokens[name]);

/** Alice sees a-* and shared and may compute; Bob may do all with b-* and shared, and speak for Alice. */
const AGENTS = {
  alice: {
    token_hash: hash("alice"),
    allow: ["crypto.*", "workflow.run"],
    templates: ["a-*", "shared"],
  },
  bob: { token_hash: hash("bob"), allow: ["*"], templates: ["b-*", "shared"], decide: ["alice"] },
  carol: { token_hash: hash("carol"), templates: ["shared"] },
};

const HASH = [{ id: "h", action: "crypto.hash", params: { data: "x" } }];
const SHELL = [{ id: "s", action: "shell.exec", params: { command: "true" } }];
const ASK = [{
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "?", options: [{ id: "yes" }], target_agent: "${{inputs.who}}" },
}];
const OPEN_ASK = [{
  id: "ask",
  type: "reasoning",
  config: { prompt_context: "?", options: [{ id: "yes" }] },
}];

/** A tool call on some surface: what it answered, or the code of its failure. */
type Call = (tool: string, args: Record<string, unknown>) => Promise<any>;

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe("agents with an identity", () => {
  const t = suiteCleanup();
  let url: string;
  let home: string;
  const runs: Record<string, string> = {};
  const admin = (method: string, path: string, body?: unknown) =>
    rest(url, method, path, body, bearer(ADMIN));

  before(async () => {
    home = tempHome(t);
    const settings = { auth_token: ADMIN, agents: AGENTS };
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
    ({ url } = await startTestDaemon(t, { home }));
    const templates: [string, unknown][] = [
      ["a-own", HASH],
      ["b-own", HASH],
      ["a-shell", SHELL],
      ["shared", OPEN_ASK],
      ["a-parent", [{ id: "c", action: "workflow.run", params: { template_name: "b-own" } }]],
    ];
    for (const [name, steps] of templates) {
      const body = { name, agent_id: "boss", definition: { steps } };
      assert.equal((await admin("POST", "/api/v1/templates", body)).status, 201);
    }
    for (
      const [key, template_name, agent_id] of [
        ["a", "a-own", "alice"],
        ["b", "b-own", "bob"],
        ["sharedOfAlice", "shared", "alice"],
        ["sharedOfBob", "shared", "bob"],
        ["sharedOfBoss", "shared", "boss"],
      ] as const
    ) {
      const body = { template_name, agent_id, wait_ms: 20_000 };
      runs[key] = (await admin("POST", "/api/v1/runs", body)).body.workflow_id;
    }
  });

  const authorized = (token: string) => ({
    fetch: (path: string, init: RequestInit = {}) =>
      fetch(url + path, { ...init, headers: { ...init.headers as object, ...bearer(token) } }),
  });

  const ofTool = (result: any) =>
    result.isError
      ? Promise.reject(
        Object.assign(new Error(result.content[0].text), result.structuredContent.error),
      )
      : result.structuredContent;

  const overRest = (token: string): Call => async (tool, args) => {
    const { workflow_id, ...more } = args;
    const query = (of: object = {}) => new URLSearchParams(of as Record<string, string>);
    const [method, path, body] = ({
      "opcode.define": () => ["POST", "/api/v1/templates", args],
      "opcode.run": () => ["POST", "/api/v1/runs", args],
      "opcode.status": () => ["GET", `/api/v1/runs/${workflow_id}`],
      "opcode.signal": () => ["POST", `/api/v1/runs/${workflow_id}/signal`, more],
      "opcode.query": () => {
        const name = args.resource === "workflows" ? "runs" : args.resource;
        return ["GET", `/api/v1/${name}?${query(args.filter as object)}`];
      },
      "opcode.diagram": () =>
        workflow_id
          ? ["GET", `/api/v1/runs/${workflow_id}/diagram`]
          : ["GET", `/api/v1/templates/${args.template_name}/diagram`],
    } as Record<string, () => [string, string, unknown?]>)[tool]!();
    const answer = await rest(url, method, path, body, bearer(token));
    if (answer.status >= 400) {
      throw Object.assign(new Error(), answer.body.error, { status: answer.status });
    }
    return tool === "opcode.query" && answer.body.runs
      ? { workflows: answer.body.runs }
      : answer.body;
  };

  const overEra = (token: string, era: string): Call => async (name, args) => {
    const eras = await bothEras(authorized(token) as never);
    return ofTool((await eras[era]!("tools/call", { name, arguments: args as never })).result);
  };

  const overLegacy = (token: string): Call => async (name, args) => {
    const app = authorized(token);
    const stream = events(await app.fetch("/sse"));
    const { value } = await stream.next();
    const to = new URL((value as { data: string }).data, url);
    const path = to.pathname + to.search;
    const say = (message: object) =>
      app.fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      });
    // Not by `for await`, which would close the stream with the first answer.
    const answered = async (id: number): Promise<any> => {
      for (;;) {
        const message = JSON.parse(((await stream.next()).value as { data: string }).data);
        if (message.id === id && message.method === undefined) return message;
      }
    };
    const clientInfo = { name: "t", version: "1" };
    const params = { protocolVersion: "2024-11-05", capabilities: {}, clientInfo };
    await say({ id: 1, method: "initialize", params });
    await answered(1);
    await say({ id: 2, method: "tools/call", params: { name, arguments: args } });
    const { result } = await answered(2);
    await stream.return(undefined);
    return ofTool(result);
  };

  const bridges = new Map<string, Promise<StdioBridge>>();
  const bridgeOf = (token: string): Promise<StdioBridge> => {
    let bridge = bridges.get(token);
    if (!bridge) {
      const started = startBridge(t, { env: { OPCODE_HOME: home, OPCODE_AGENT_TOKEN: token } });
      bridges.set(token, bridge = started.initialize().then(() => started));
    }
    return bridge;
  };
  const overStdio = (token: string): Call => async (name, args) => {
    const bridge = await bridgeOf(token);
    const { result } = await bridge.ask("tools/call", { name, arguments: args as never });
    return ofTool(result);
  };

  const SURFACES: Record<string, (token: string) => Call> = {
    REST: overRest,
    "MCP 2025-11-25": (token) => overEra(token, "2025-11-25"),
    "MCP 2026-07-28": (token) => overEra(token, "2026-07-28"),
    "legacy SSE": overLegacy,
    stdio: overStdio,
  };

  const decide = (workflow_id: string, agent_id?: string) => ({
    workflow_id,
    signal_type: "decision",
    step_id: "ask",
    payload: { choice: "no such choice" },
    ...(agent_id && { agent_id }),
  });
  const def = (name: string, steps: unknown, agent_id?: string) => ({
    name,
    definition: { steps },
    ...(agent_id && { agent_id }),
  });
  const runOf = (template_name: string, agent_id?: string) => ({
    template_name,
    wait_ms: 20_000,
    ...(agent_id && { agent_id }),
  });

  /** Who, which tool, with what, and the code, or the right that is missing, or ok. */
  const MATRIX = (): [keyof typeof tokens, string, Record<string, unknown>, string, string?][] => [
    ["alice", "opcode.define", def("a-new", HASH), "ok"],
    ["alice", "opcode.define", def("a-new", HASH, "alice"), "ok"],
    ["alice", "opcode.define", def("a-new", HASH, "bob"), "PERMISSION_DENIED"],
    ["alice", "opcode.define", def("b-new", HASH), "PERMISSION_DENIED", "templates"],
    ["alice", "opcode.define", def("a-new", SHELL), "PERMISSION_DENIED", "allow"],
    [
      "alice",
      "opcode.define",
      { ...def("a-new", SHELL), dry_run: true },
      "PERMISSION_DENIED",
      "allow",
    ],
    ["bob", "opcode.define", def("b-new", SHELL), "ok"],
    ["carol", "opcode.define", def("shared", HASH), "PERMISSION_DENIED", "allow"],
    ["alice", "opcode.run", runOf("a-own"), "ok"],
    ["alice", "opcode.run", runOf("a-own", "bob"), "PERMISSION_DENIED"],
    ["alice", "opcode.run", runOf("a-shell"), "PERMISSION_DENIED", "allow"],
    ["alice", "opcode.run", runOf("b-own"), "NOT_FOUND"],
    ["alice", "opcode.run", runOf("b-ow"), "NOT_FOUND"],
    ["alice", "opcode.run", { from_run: runs.b, from_step: "h" }, "NOT_FOUND"],
    ["alice", "opcode.run", { from_run: runs.a, from_step: "h", wait_ms: 20_000 }, "ok"],
    ["alice", "opcode.status", { workflow_id: runs.a }, "ok"],
    ["alice", "opcode.status", { workflow_id: runs.b }, "NOT_FOUND"],
    ["bob", "opcode.status", { workflow_id: runs.a }, "NOT_FOUND"],
    ["carol", "opcode.status", { workflow_id: runs.sharedOfBob }, "ok"],
    ["alice", "opcode.diagram", { template_name: "b-own" }, "NOT_FOUND"],
    ["alice", "opcode.diagram", { workflow_id: runs.b }, "NOT_FOUND"],
    ["alice", "opcode.diagram", { template_name: "a-own" }, "ok"],
    // A choice that there is not: past the rights it is VALIDATION_ERROR, and nothing changes.
    ["alice", "opcode.signal", decide(runs.sharedOfAlice!), "VALIDATION_ERROR"],
    ["alice", "opcode.signal", decide(runs.sharedOfAlice!, "bob"), "PERMISSION_DENIED"],
    ["alice", "opcode.signal", decide(runs.sharedOfBob!), "PERMISSION_DENIED", "decide"],
    ["bob", "opcode.signal", decide(runs.sharedOfAlice!), "VALIDATION_ERROR"],
    ["bob", "opcode.signal", decide(runs.sharedOfBoss!), "PERMISSION_DENIED", "decide"],
    [
      "alice",
      "opcode.signal",
      { workflow_id: runs.b, signal_type: "cancel", payload: {} },
      "NOT_FOUND",
    ],
    ...["cancel", "data", "retry", "skip"].map((signal_type) =>
      [
        "alice",
        "opcode.signal",
        { workflow_id: runs.sharedOfBob, signal_type, payload: {}, step_id: "ask" },
        "PERMISSION_DENIED",
        "decide",
      ] as [keyof typeof tokens, string, Record<string, unknown>, string, string]
    ),
  ];

  const LISTS: [
    keyof typeof tokens,
    string,
    Record<string, string>,
    (row: any) => string,
    RegExp,
  ][] = [
    ["alice", "templates", { limit: "1000" }, (row) => row.name, /^(a-|shared$)/],
    ["alice", "templates", { limit: "1" }, (row) => row.name, /^(a-|shared$)/],
    ["bob", "templates", { name: "a-own" }, (row) => row.name, /^$/],
    ["alice", "workflows", { limit: "1000" }, (row) => row.template_name, /^(a-|shared$)/],
    ["carol", "workflows", { limit: "1" }, (row) => row.template_name, /^shared$/],
    ["carol", "decisions", {}, (row) => row.agent_id, /^(alice|bob|boss)$/],
  ];

  for (const [surface, over] of Object.entries(SURFACES)) {
    test(`${surface}: each right is asked for, and the one that is missing is named`, async () => {
      for (const [who, tool, args, expected, right] of MATRIX()) {
        const shown = `${who} ${tool} ${JSON.stringify(args)}`;
        try {
          await over(tokens[who])(tool, args);
          assert.equal("ok", expected, shown);
        } catch (error) {
          const { code, details, message, status } = error as any;
          assert.equal(code, expected, `${shown}: ${message}`);
          if (expected === "PERMISSION_DENIED" && status !== undefined) assert.equal(status, 403);
          if (right !== undefined) {
            assert.equal(details.right, right, shown);
            assert.match(message, new RegExp(`its right "${right}"`));
          }
          assert.doesNotMatch(message, /did you mean/, "no hint at what is not seen");
        }
      }
    });

    test(`${surface}: lists show what the agent sees, page by page, and nothing else`, async () => {
      for (const [who, resource, filter, of, seen] of LISTS) {
        let count = 0;
        let cursor: string | undefined;
        do {
          const args = { resource, filter: { ...filter, ...(cursor && { cursor }) } };
          const page = await over(tokens[who])("opcode.query", args);
          for (const row of page[resource]) {
            count++;
            assert.match(of(row), seen, `${who} ${resource}`);
          }
          cursor = page.next_cursor;
        } while (cursor !== undefined && count < 6);
        if (seen.source !== "^$") assert.ok(count > 0, `${who} ${resource} is empty`);
        else assert.equal(count, 0);
      }
      const hidden = { resource: "events", filter: { workflow_id: runs.b } };
      await assert.rejects(over(tokens.alice)("opcode.query", hidden), { code: "NOT_FOUND" });
      const own = { resource: "events", filter: { workflow_id: runs.a } };
      assert.ok((await over(tokens.alice)("opcode.query", own)).events.length > 0);
    });
  }

  test("an unknown token, and the token of an agent as text in settings, open nothing", async () => {
    for (const token of [`oca_${"y".repeat(43)}`, hash("alice"), "", "alice"]) {
      assert.equal((await rest(url, "GET", "/api/v1/runs", undefined, bearer(token))).status, 401);
    }
  });

  test("secrets and the vault are for administrators", async () => {
    for (
      const [method, path, body] of [
        ["GET", "/api/v1/secrets"],
        ["PUT", "/api/v1/secrets/X", { value: "v" }],
        ["DELETE", "/api/v1/secrets/X"],
        ["POST", "/api/v1/vault/unlock", { key: "k" }],
        ["POST", "/api/v1/vault/rekey", { key: "k" }],
        ["GET", "/api/v1/logs"],
      ] as const
    ) {
      const { status, body: answer } = await rest(url, method, path, body, bearer(tokens.bob));
      assert.deepEqual([status, answer.error.code], [403, "PERMISSION_DENIED"], path);
      assert.equal(answer.error.details.right, "admin");
    }
    assert.equal((await admin("GET", "/api/v1/secrets")).status, 200);
  });

  test("pruning, backups and restores are for administrators", async () => {
    const file = join(home, "copy.db");
    const env = { OPCODE_URL: url, OPCODE_HOME: tempHome(t) };
    for (const who of ["alice", "bob", "carol"] as const) {
      for (
        const [path, body, what] of [
          ["/api/v1/prune", { max_runs: 1 }, "remove runs"],
          ["/api/v1/prune", { max_runs: 1, dry_run: true }, "remove runs"],
          ["/api/v1/prune", { wrong: 1 }, "remove runs"],
          ["/api/v1/backup", { file }, "make a backup"],
        ] as const
      ) {
        const { status, body: answer } = await rest(url, "POST", path, body, bearer(tokens[who]));
        assert.deepEqual([status, answer.error.code], [403, "PERMISSION_DENIED"], path);
        assert.match(answer.error.message, new RegExp(what));
      }
      for (const args of [["prune", "--max-runs", "1"], ["backup", file]]) {
        const done = await runCli(args, { env: { ...env, OPCODE_AGENT_TOKEN: tokens[who] } });
        assert.equal(done.code, 1, done.stderr);
        assert.match(
          done.stderr,
          /may not (remove runs|make a backup): that is for who has the daemon's/,
        );
      }
    }
    assert.ok(!existsSync(file));
    assert.equal((await admin("GET", `/api/v1/runs/${runs.a}`)).body.removed_at, undefined);
    // Nobody restores over HTTP, and nobody at all while the daemon runs.
    const over = await rest(url, "POST", "/api/v1/restore", { file }, bearer(ADMIN));
    assert.equal(over.status, 404);
    // A server has backups of its own.
    const status = NO_FILE ? 409 : 201;
    assert.equal((await admin("POST", "/api/v1/backup", { file })).status, status);
    if (NO_FILE) return;
    const here = { OPCODE_HOME: home, OPCODE_AGENT_TOKEN: tokens.bob };
    const restored = await runCli(["restore", file, "--force"], { env: here });
    assert.match(restored.stderr, /in use by another opcode daemon/);
    assert.equal(restored.code, 1);
  });

  test("logs, event streams, agents, actions and single templates show what the agent sees", async () => {
    const get = (path: string) => rest(url, "GET", path, undefined, bearer(tokens.alice));
    assert.equal((await get(`/api/v1/logs?run=${runs.a}`)).status, 200);
    assert.equal((await get(`/api/v1/logs?run=${runs.b}`)).status, 404);
    assert.equal((await get(`/api/v1/templates/b-own`)).status, 404);
    assert.equal((await get(`/api/v1/templates/b-own/versions/1`)).status, 404);
    assert.equal((await get(`/api/v1/templates/a-own`)).status, 200);
    const agents = (await get("/api/v1/agents")).body.agents;
    assert.deepEqual(agents.map(({ id }: any) => id), ["alice"]);
    const actions = (await get("/api/v1/actions")).body.actions.map(({ name }: any) => name);
    assert.deepEqual(actions, ["crypto.hash", "crypto.hmac", "crypto.uuid", "workflow.run"]);
    assert.equal((await get("/api/v1/actions/shell.exec")).status, 404);
    const stream = await authorized(tokens.alice).fetch(`/api/v1/events/stream?run=${runs.b}`);
    assert.equal(stream.status, 404);
    await stream.body?.cancel();
  });

  for (const after of ["0", undefined]) {
    test(`the stream of all runs, from ${after ?? "now"} on, hears of what the agent sees alone`, async () => {
      const abort = new AbortController();
      const path = `/api/v1/events/stream${after === undefined ? "" : `?after=${after}`}`;
      const response = await authorized(tokens.alice).fetch(path, { signal: abort.signal });
      const hidden = await admin("POST", "/api/v1/runs", runOf("b-own", "bob"));
      const { body } = await admin("POST", "/api/v1/runs", runOf("a-own", "alice"));
      const heard = new Set<string>();
      for await (const { data } of events(response)) {
        if (!data) continue;
        const event = JSON.parse(data);
        heard.add(event.workflow_id);
        if (event.workflow_id === body.workflow_id && event.event_type === "workflow_completed") {
          break;
        }
      }
      abort.abort();
      assert.ok(heard.has(body.workflow_id));
      assert.ok(!heard.has(hidden.body.workflow_id) && !heard.has(runs.b!));
    });
  }

  test("resources and completions show what the agent sees", async () => {
    const eras = await bothEras(authorized(tokens.alice) as never);
    for (const [era, ask] of Object.entries(eras)) {
      const { result } = await ask("resources/list");
      const uris = result.resources.map(({ uri }: any) => uri);
      assert.ok(uris.includes("opcode://templates/a-own"), era);
      assert.ok(!uris.some((uri: string) => /b-own/.test(uri) || uri.includes(runs.b!)), era);
      for (const uri of ["opcode://templates/b-own", `opcode://runs/${runs.b}`]) {
        assert.match((await ask("resources/read", { uri })).error.message, /not found/i, era);
      }
      const argument = { name: "name", value: "" };
      const ref = { type: "ref/resource", uri: "opcode://templates/{name}" };
      const { values } = (await ask("completion/complete", { ref, argument })).result.completion;
      assert.ok(values.includes("a-own") && !values.some((name: string) => name.startsWith("b-")));
    }
  });

  test("a session is its caller's: another's token does not find it, on /mcp and /message", async () => {
    const { headers } = await openSession(authorized(tokens.alice) as never);
    const ping = { jsonrpc: "2.0", id: 7, method: "ping" };
    const init = {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(ping),
    };
    assert.equal((await authorized(tokens.alice).fetch("/mcp", init)).status, 200);
    for (const token of [tokens.bob, ADMIN]) {
      assert.equal((await authorized(token).fetch("/mcp", init)).status, 404);
    }
    const response = await authorized(tokens.alice).fetch("/sse");
    const stream = events(response);
    const { value } = await stream.next();
    const to = new URL((value as { data: string }).data, url);
    assert.equal((await authorized(tokens.bob).fetch(to.pathname + to.search, init)).status, 404);
    assert.equal((await authorized(tokens.alice).fetch(to.pathname + to.search, init)).status, 202);
    await stream.return(undefined);
  });

  test("the URL may not claim another name either", async () => {
    for (const path of ["/mcp?agent_id=bob", "/sse?agent_id=bob"]) {
      const response = await authorized(tokens.alice).fetch(path, {
        method: path.startsWith("/sse") ? "GET" : "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
        ...(path.startsWith("/mcp") && {
          body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
        }),
      });
      assert.equal(response.status, 403, path);
      await response.body?.cancel();
    }
  });

  test("a decision that asks an agent by name is its to take, whosever run it is", async () => {
    const definition = { steps: ASK };
    await admin("POST", "/api/v1/templates", { name: "a-ask", agent_id: "boss", definition });
    const ask = async (who: string) => {
      const body = { template_name: "a-ask", agent_id: "boss", params: { who }, wait_ms: 20_000 };
      return (await admin("POST", "/api/v1/runs", body)).body.workflow_id as string;
    };
    const answer = async (id: string) =>
      await rest(url, "POST", `/api/v1/runs/${id}/signal`, {
        signal_type: "decision",
        step_id: "ask",
        payload: { choice: "yes" },
        wait_ms: 20_000,
      }, bearer(tokens.alice));
    const taken = await answer(await ask("alice"));
    assert.deepEqual(
      [taken.status, taken.body.status],
      [200, "completed"],
      JSON.stringify(taken.body),
    );
    const refused = await answer(await ask("bob"));
    assert.deepEqual([refused.status, refused.body.error.details.right], [403, "decide"]);
  });

  test("a decision that asks an agent by name is shown to it and taken, though it sees nothing else of the run", async () => {
    const definition = { steps: ASK };
    await admin("POST", "/api/v1/templates", { name: "b-ask", agent_id: "boss", definition });
    const body = { template_name: "b-ask", agent_id: "boss", params: { who: "alice" } };
    const started = await admin("POST", "/api/v1/runs", { ...body, wait_ms: 20_000 });
    const id: string = started.body.workflow_id;
    const as = (who: "alice" | "carol", method: string, path: string, body?: unknown) =>
      rest(url, method, path, body, bearer(tokens[who]));
    const pending = `/api/v1/decisions?status=pending&workflow_id=${id}`;
    const asked = await as("alice", "GET", pending);
    assert.deepEqual(asked.body.decisions?.map((row: any) => row.workflow_id), [id]);
    const all = await as("alice", "GET", "/api/v1/decisions?status=pending");
    assert.ok(all.body.decisions.some((row: any) => row.workflow_id === id));
    assert.equal((await as("carol", "GET", pending)).status, 404);
    const signal = { signal_type: "decision", step_id: "ask", payload: { choice: "yes" } };
    assert.equal((await as("carol", "POST", `/api/v1/runs/${id}/signal`, signal)).status, 404);
    assert.equal((await as("alice", "GET", `/api/v1/runs/${id}`)).status, 404);
    const cancel = { signal_type: "cancel" };
    assert.equal((await as("alice", "POST", `/api/v1/runs/${id}/signal`, cancel)).status, 404);
    const other = await as("alice", "POST", `/api/v1/runs/${id}/signal`, {
      ...signal,
      step_id: "other",
    });
    assert.equal(other.status, 404, JSON.stringify(other.body));
    const taken = await as("alice", "POST", `/api/v1/runs/${id}/signal`, {
      ...signal,
      wait_ms: 20_000,
    });
    assert.equal(taken.status, 200);
    const { decision_id } = asked.body.decisions[0];
    assert.deepEqual(taken.body, {
      ok: true,
      workflow_id: id,
      signal_type: "decision",
      decision_id,
    });
    assert.equal((await admin("GET", `/api/v1/runs/${id}`)).body.status, "completed");
  });

  test("where the rights are not those of the starter, they hold when a step begins, children included", async () => {
    const run = async (template_name: string) =>
      (await admin("POST", "/api/v1/runs", runOf(template_name, "alice"))).body;
    const shell = await run("a-shell");
    assert.equal(shell.steps.s.error.code, "PERMISSION_DENIED");
    assert.match(
      shell.steps.s.error.message,
      /may not use the action shell\.exec: its right "allow"/,
    );
    const parent = await run("a-parent");
    assert.equal(parent.steps.c.error.code, "NOT_FOUND");
    assert.match(parent.steps.c.error.message, /template "b-own" not found/);
    // What there is instead is what the agent sees of it.
    const slip = await admin("POST", "/api/v1/runs", runOf("a-owm", "carol"));
    assert.match(slip.body.error.message, /did you mean "a-own"\? There are a-own, .*b-own/);
    const alices = await rest(url, "POST", "/api/v1/runs", {
      template_name: "a-owm",
    }, bearer(tokens.alice));
    assert.match(alices.body.error.message, /did you mean "a-own"\? There are a-own, /);
    assert.doesNotMatch(alices.body.error.message, /b-own/);
  });

  test("the command line is the agent whose token it carries", async () => {
    const env = { OPCODE_HOME: home, OPCODE_AGENT_TOKEN: tokens.alice };
    const ran = await runCli(["run", "a-own", "--json"], { env });
    assert.equal(ran.code, 0, ran.stderr + ran.stdout);
    const { body } = await admin("GET", "/api/v1/runs?limit=1");
    assert.deepEqual([body.runs[0].template_name, body.runs[0].agent_id], ["a-own", "alice"]);
    const claimed = await runCli(["--agent", "bob", "run", "a-own"], { env });
    assert.match(claimed.stderr, /the token is that of agent "alice", not of "bob"/);
    const asPerson = await runCli(["--agent", "cli", "run", "a-own"], { env });
    assert.match(asPerson.stderr, /the token is that of agent "alice", not of "cli"/);
    assert.equal(asPerson.code, 1);
    const printed = await runCli(["agent-token", "new-bot", "--json"], { env: {} });
    const { token, token_hash } = JSON.parse(printed.stdout);
    assert.match(token, /^oca_[A-Za-z0-9_-]{43}$/);
    assert.equal(token_hash, tokenHash(token));
    assert.ok(cliCommand([]).command);
  });
});

test("agents without a token of the daemon's own are no limit: it does not start", async (t) => {
  const home = tempHome(t);
  const write = (settings: object) =>
    writeFileSync(join(home, "settings.json"), JSON.stringify(settings), { mode: 0o600 });
  write({ agents: AGENTS });
  await assert.rejects(startTestDaemon(t, { home }), /agents: need auth_token/);
  for (
    const [agents, why] of [
      [{ a: {} }, /agents\.a\.token_hash: must be sha256:/],
      [
        { a: { ...AGENTS.alice, alow: [] } },
        /agents\.a\.alow: is not known \(did you mean "allow"\?\)/,
      ],
      [
        { a: { ...AGENTS.alice, decide: "some" } },
        /agents\.a\.decide: must be "own", "all" or a list/,
      ],
      [{ a: { ...AGENTS.alice, allow: "*" } }, /agents\.a\.allow: must be a list/],
      [{ a: AGENTS.alice, b: AGENTS.alice }, /agents\.b\.token_hash: is that of agents\.a, too/],
      [
        { a: { ...AGENTS.alice, allow: ["shel.*"] } },
        /agents\.a\.allow: "shel\.\*" names no action/,
      ],
    ] as const
  ) {
    write({ auth_token: ADMIN, agents });
    await assert.rejects(startTestDaemon(t, { home }), why);
  }
});
