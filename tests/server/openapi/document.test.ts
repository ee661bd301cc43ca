// Whether the OpenAPI document says what the daemon does: each route, each parameter, each answer.

import assert from "node:assert/strict";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { isObject, type Json, type JsonObject } from "../../../core/json.ts";
import { type AppDeps, createApp } from "../../../server/app.ts";
import { LINK_ROUTE } from "../../../server/link-door.ts";
import { openApi } from "../../../server/openapi/document.ts";
import { OPERATIONS } from "../../../server/openapi/operations.ts";
import { DEFINE_BODY, RUN_BODY, SIGNAL_BODY } from "../../../server/api/bodies.ts";
import { startTestDaemon, suiteCleanup } from "../../support/daemon.ts";
import { type Answer, rest } from "../../support/http.ts";
import { closed, compilerOf, type Described, operationsIn } from "../../support/openapi.ts";

const text = openApi("test");
const paths = text.paths as unknown as Record<string, Record<string, Described>>;
const described = operationsIn(text);

test("every route stands in it, and nothing else", () => {
  const app = createApp({ security: { authToken: "" } } as AppDeps);
  // The page of a link is for people, as those of the panel are.
  const ofPrograms = app.routes.filter(({ path }) => path !== LINK_ROUTE);
  const routes = ofPrograms.filter(({ method }) => method !== "ALL").map(({ method, path }) =>
    `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`
  );
  assert.deepEqual(
    described.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort(),
    [...new Set(routes)].sort(),
  );
});

test("it is a document: every reference leads somewhere, names are unique, nothing is unused", () => {
  const ids = described.map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids.length, OPERATIONS.length);
  const used = new Set<string>();
  for (const { $ref } of objectsIn(text)) {
    if (typeof $ref !== "string") continue;
    const parts = $ref.slice("#/".length).split("/");
    const target = parts.reduce<Json | undefined>((at, part) => (at as JsonObject)?.[part], text);
    assert.ok(isObject(target), $ref);
    used.add(parts.at(-1)!);
  }
  const { schemas } = text.components as { schemas: JsonObject };
  assert.deepEqual(Object.keys(schemas).filter((name) => !used.has(name)), []);
  for (const { path, operation } of described) {
    const named = (operation.parameters ?? []).filter((one) => one.in === "path");
    assert.deepEqual(
      named.map(({ name }) => name),
      Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name),
    );
  }
});

test("every schema in it is one", () => {
  const compile = compilerOf(text);
  let count = 0;
  for (const { schema } of objectsIn(text)) {
    if (!isObject(schema)) continue;
    compile(schema);
    count++;
  }
  assert.ok(count > 2 * described.length, "they are found");
});

test("a body is described as its route checks it", () => {
  const bodies = { "/api/v1/templates": DEFINE_BODY, "/api/v1/runs": RUN_BODY };
  for (const [path, body] of Object.entries(bodies)) {
    assert.equal(paths[path]!.post!.requestBody!.content["application/json"]!.schema, body);
  }
  const signal = paths["/api/v1/runs/{id}/signal"]!.post!;
  assert.equal(signal.requestBody!.content["application/json"]!.schema, SIGNAL_BODY);
});

describe("a daemon", () => {
  const t = suiteCleanup();
  const strict = closed(text) as JsonObject;
  const compile = compilerOf(strict);
  const { responses: { Failure: failure } } = strict.components as unknown as {
    responses: { Failure: Described["responses"][string] };
  };
  /** `method path status` of what was seen. */
  const seen = new Set<string>();
  let url: string;
  let home: string;

  before(async () => {
    ({ url, home } = await startTestDaemon(t, { settings: { base_url: "https://x.example" } }));
  });

  /** Asks, and checks that the answer is what the document says; `path` as it stands there. */
  async function ask(
    method: string,
    path: string,
    given: { at?: Record<string, string>; query?: string; body?: unknown } = {},
  ): Promise<Answer> {
    const { at = {}, query = "", body } = given;
    const real = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(at[name]!));
    const answer = await rest(url, method.toUpperCase(), real + query, body);
    const what = `${method} ${path}${query} ${answer.status}: ${JSON.stringify(answer.body)}`;
    const status = String(answer.status);
    const { responses } = (strict.paths as unknown as typeof paths)[path]![method]!;
    const known = responses[status];
    assert.ok(known || answer.status >= 400, what);
    const [schema] = Object.values((known ?? failure).content);
    const validate = compile(schema!.schema);
    assert.ok(validate(answer.body), `${what}\n${JSON.stringify(validate.errors)}`);
    seen.add(`${method} ${path} ${status}`);
    return answer;
  }

  test("answers as it says", async () => {
    const templates = "/api/v1/templates";
    const steps = [
      { id: "hash", action: "crypto.hash", params: { data: "${{inputs.text}}" } },
      {
        id: "gate",
        type: "reasoning",
        config: {
          prompt_context: "Go on?",
          options: [{ id: "yes", description: "It does." }],
          target_agent: "tester",
          timeout: "1h",
          fallback: "yes",
        },
        depends_on: ["hash"],
      },
      {
        id: "many",
        type: "loop",
        config: {
          mode: "for_each",
          over: "[1, 2]",
          body: [{ id: "id", action: "crypto.uuid" }],
        },
        depends_on: ["gate"],
      },
    ];
    const body = { name: "asking", agent_id: "tester", definition: { steps } };
    await ask("post", templates, { body: { ...body, dry_run: true } });
    await ask("post", templates, { body });
    await ask("post", templates, { body });
    const closed = { ...body, description: "Closed.", input_schema: { type: "object" } };
    await ask("post", templates, { body: closed });
    await ask("post", templates, { body: { ...body, dry_run: true } });
    await ask("post", templates, { body: { name: "none", agent_id: "tester" } });
    await ask("post", templates, { body: { ...body, definition: { steps: [{}] } } });
    await ask("get", templates);
    await ask("get", templates, { query: "?name=asking&against=v1" });
    await ask("get", `${templates}/{name}`, { at: { name: "asking" } });
    await ask("get", `${templates}/{name}`, { at: { name: "nobody" } });
    await ask("get", `${templates}/{name}/versions/{version}`, {
      at: { name: "asking", version: "v1" },
    });
    const named = { at: { name: "asking" } };
    await ask("get", `${templates}/{name}/versions`, { ...named, query: "?limit=1" });
    await ask("get", `${templates}/{name}/versions`, { at: { name: "nobody" } });
    await ask("get", `${templates}/{name}/diff`, { ...named, query: "?from=v1&to=v2" });
    await ask("get", `${templates}/{name}/diff`, { ...named, query: "?from=v1" });
    await ask("get", `${templates}/{name}/diff`, named);
    await ask("get", `${templates}/{name}/diagram`, { at: { name: "asking" } });
    for (const way of ["archive", "unarchive"]) {
      await ask("post", `${templates}/{name}/${way}`, { ...named, body: { agent_id: "tester" } });
    }
    await ask("post", "/api/v1/diagrams", { body: { definition: { steps } } });
    await ask("post", "/api/v1/diagrams", { body: { definition: { steps: [{}] } } });

    const runs = "/api/v1/runs";
    const start = { template_name: "asking", agent_id: "tester", params: { text: "a" } };
    const { body: run } = await ask("post", runs, { body: { ...start, wait_ms: 60_000 } });
    assert.equal(run.status, "suspended");
    const at = { id: run.workflow_id as string };
    await ask("get", `${runs}/{id}`, { at });
    await ask("get", `${runs}/{id}/diagram`, { at });
    const { body: asked } = await ask("get", "/api/v1/decisions", { query: "?status=pending" });
    await ask("get", "/api/v1/decisions/{id}", { at: { id: asked.decisions[0].id as string } });
    const question = { at: { id: asked.decisions[0].id as string } };
    const link = "/api/v1/decisions/{id}/link";
    assert.equal((await ask("post", link, { ...question, body: { ttl: "1h" } })).status, 200);
    await ask("post", link, { ...question, body: { ttl: "1s" } });
    assert.equal((await ask("delete", link, question)).status, 200);
    const signal = { signal_type: "decision", step_id: "gate", agent_id: "tester" };
    const payload = { choice: "yes", data: { why: "because" } };
    await ask("post", `${runs}/{id}/signal`, { at, body: { ...signal, payload: {} } });
    const { body: signalled } = await ask("post", `${runs}/{id}/signal`, {
      at,
      body: { ...signal, payload, wait_ms: 60_000 },
    });
    assert.equal(signalled.status, "completed");
    await ask("get", `${runs}/{id}`, { at });
    await ask("get", "/api/v1/decisions");
    await ask("get", "/api/v1/events", { query: `?workflow_id=${at.id}` });
    await ask("get", "/api/v1/events");
    await ask("get", runs, { query: "?status=completed" });
    await ask("get", runs, { query: "?colour=red" });

    await steering(ask, at);
    await scheduling(ask);
    await hooking(ask);
    await failing(ask);
    await bulk(ask);
    await ask("get", "/api/v1/logs", { query: "?limit=5" });
    await ask("get", "/api/v1/agents", { query: "?limit=5" });
    await ask("get", "/api/v1/settings");
    await ask("get", "/api/v1/isolation");
    await ask("get", "/api/v1/cron", { query: "?cron=0 7 * * *&timezone=Europe/Berlin" });
    await ask("get", "/api/v1/cron", { query: "?cron=7" });
    await ask("get", "/api/v1/stats", { query: "?zone=Europe/Berlin" });
    await ask("get", "/api/v1/stats", { query: "?zone=Mars/Olympus" });
    await ask("get", "/api/v1/actions");
    await ask("get", "/api/v1/actions", { query: "?name=jq.transform" });
    await ask("get", "/api/v1/actions/{name}", { at: { name: "shell.exec" } });
    for (const path of ["/healthz", "/schema/workflow.json", "/openapi.json"]) {
      await ask("get", path);
    }
    await keeping(ask);
    await ask("post", "/api/v1/prune", { body: { max_runs: 1, dry_run: true } });
    await ask("post", "/api/v1/prune", { body: { max_runs: 1 } });
    await ask("post", "/api/v1/prune", { body: { older_than: "soon" } });
    const copy = { file: join(home, "copy.db") };
    assert.equal((await ask("post", "/api/v1/backup", { body: copy })).status, 201);
    assert.equal((await ask("post", "/api/v1/backup", { body: copy })).status, 409);
    const wanted = described.flatMap(({ path, method, operation }) =>
      Object.keys(operation.responses).filter((status) => status.startsWith("2"))
        .map((status) => `${method} ${path} ${status}`)
    );
    // No JSON: tests/server/api/stream.test.ts and metrics.test.ts read them.
    const isText = (one: string) => /\/events\/stream |\/metrics /.test(one);
    const unseen = wanted.filter((one) => !seen.has(one) && !isText(one));
    assert.deepEqual(unseen, []);
  });

  test("serves it", async () => {
    const answer = await rest(url, "GET", "/openapi.json");
    assert.deepEqual(answer.body, JSON.parse(JSON.stringify(openApi("test"))));
  });

  test("knows each parameter of a query that it tells of, and no other", async () => {
    const unknown = /is not a (parameter of this route|filter of \w+)/;
    let count = 0;
    for (const { path, method, operation } of described) {
      if (method !== "get" || !path.startsWith("/api")) continue;
      const real = path.replaceAll(/\{\w+\}/g, "none");
      // A stream that is opened would not end: with a run that is not there none is.
      const beside = (name: string) => path.endsWith("/stream") && name !== "run" ? "&run=x" : "";
      const told = async (name: string) =>
        JSON.stringify((await rest(url, "GET", `${real}?${name}=x${beside(name)}`)).body);
      assert.match(await told("colour"), unknown, path);
      for (const { name, in: where } of operation.parameters ?? []) {
        if (where !== "query") continue;
        assert.doesNotMatch(await told(name), unknown, `${path} ${name}`);
        count++;
      }
    }
    assert.ok(count > 30, "they are found");
  });
});

type Ask = (
  method: string,
  path: string,
  given?: { at?: Record<string, string>; query?: string; body?: unknown },
) => Promise<Answer>;

/** A run that fails, is not waited for, waits for a signal, and is drawn and listed then. */
async function failing(ask: Ask): Promise<void> {
  const steps = [
    { id: "wrong", action: "assert.equals", params: { expected: 1, actual: 2 } },
    { id: "later", type: "wait", config: { signal: "go" } },
  ];
  const agent_id = "tester";
  const body = { name: "failing", agent_id, definition: { steps } };
  await ask("post", "/api/v1/templates", { body });
  const start = { template_name: "failing", agent_id };
  const slow = { steps: [{ id: "nap", type: "wait", config: { duration: "20s" } }] };
  await ask("post", "/api/v1/templates", { body: { name: "slow", agent_id, definition: slow } });
  const begun = await ask("post", "/api/v1/runs", { body: { template_name: "slow", agent_id } });
  assert.equal(begun.status, 202);
  const { body: failed } = await ask("post", "/api/v1/runs", {
    body: { ...start, wait_ms: 60_000, idempotency_key: "once" },
  });
  assert.equal(failed.status, "failed");
  await ask("post", "/api/v1/runs", {
    body: { ...start, wait_ms: 60_000, idempotency_key: "once" },
  });
  const at = { id: failed.workflow_id as string };
  await ask("get", "/api/v1/runs/{id}", { at });
  await ask("post", "/api/v1/runs/{id}/signal", {
    at,
    body: { signal_type: "skip", step_id: "wrong", agent_id },
  });
  await ask("post", "/api/v1/runs/{id}/signal", { at, body: { signal_type: "data", agent_id } });
  await ask("get", "/api/v1/runs/{id}", { at });
  await ask("post", "/api/v1/runs/{id}/signal", { at, body: { signal_type: "cancel", agent_id } });
  await ask("post", "/api/v1/runs", {
    body: { agent_id, from_run: at.id, from_step: "later", wait_ms: 60_000 },
  });
  await ask("get", "/api/v1/runs", { query: "?template_name=failing" });
}

/** A run that is done again, gone on from, answered and ended, each by its own route. */
async function steering(ask: Ask, at: { id: string }): Promise<void> {
  const agent_id = "tester";
  const { body: again } = await ask("post", "/api/v1/runs/{id}/rerun", { at, body: { agent_id } });
  const fork = { at, body: { agent_id, from_step: "many" } };
  await ask("post", "/api/v1/runs/{id}/fork", fork);
  await ask("post", "/api/v1/runs/{id}/fork", { at, body: { ...fork.body, wait_ms: 60_000 } });
  const slow = { template_name: "asking", agent_id, params: { text: "b" }, wait_ms: 60_000 };
  const { body: source } = await ask("post", "/api/v1/runs", { body: slow });
  const napping = { steps: [{ id: "nap", type: "wait", config: { duration: "20s" } }] };
  const nap = { name: "nap", agent_id, definition: napping };
  await ask("post", "/api/v1/templates", { body: nap });
  const { body: long } = await ask("post", "/api/v1/runs", {
    body: { template_name: "nap", agent_id },
  });
  const ended = { id: long.workflow_id as string };
  await ask("post", "/api/v1/runs/{id}/cancel", { at: ended, body: {} });
  const begun = await ask("post", "/api/v1/runs/{id}/fork", {
    at: ended,
    body: { agent_id, from_step: "nap" },
  });
  assert.equal(begun.status, 202);
  const [question] = source.pending_decisions;
  const answered = { choice: "yes", agent_id, wait_ms: 60_000 };
  const to = { id: question.decision_id as string };
  await ask("post", "/api/v1/decisions/{id}/resolve", { at: to, body: answered });
  await ask("post", "/api/v1/decisions/{id}/resolve", { at: to, body: answered });
  const end = { at: { id: again.workflow_id as string }, body: { reason: "seen enough" } };
  assert.equal((await ask("post", "/api/v1/runs/{id}/cancel", end)).status, 200);
  await ask("post", "/api/v1/runs/{id}/cancel", end);
  await ask("get", "/api/v1/runs", { query: "?template_name=asking" });
}

/** Many runs at once: counted, and then done. */
async function bulk(ask: Ask): Promise<void> {
  for (const [action, template] of [["cancel", "nap"], ["retry", "failing"]] as const) {
    const path = `/api/v1/runs/bulk/${action}`;
    const body = { filter: { template_name: template }, agent_id: "tester" };
    const { body: told } = await ask("post", path, { body });
    await ask("post", path, { body: { ...body, confirm: told.count + 1 } });
    if (told.count > 0) await ask("post", path, { body: { ...body, confirm: told.count } });
    await ask("post", path, { body: { filter: {} } });
    const { body: { runs: [run] } } = await ask("get", "/api/v1/runs", { query: "?limit=1" });
    const workflow_ids = [run.id, "0190aaaa-0000-7000-8000-000000000000"];
    await ask("post", path, { body: { workflow_ids } });
  }
}

/** A schedule from its beginning to its end, with runs that somebody asked for. */
async function scheduling(ask: Ask): Promise<void> {
  const schedules = "/api/v1/schedules";
  const agent_id = "tester";
  const definition = { steps: [{ id: "id", action: "crypto.uuid" }] };
  const triggers = { cron: [{ name: "yearly", expression: "0 0 1 1 *" }] };
  const template = { name: "timed", agent_id, definition, triggers };
  await ask("post", "/api/v1/templates", { body: { ...template, dry_run: true } });
  await ask("post", "/api/v1/templates", { body: template });
  const body = { name: "nightly", agent_id, template_name: "timed", cron: "30 2 * * *" };
  const { body: made } = await ask("post", schedules, { body });
  assert.equal((await ask("post", schedules, { body })).status, 409);
  await ask("post", schedules, { body: { ...body, name: "x", cron: "61 * * * *" } });
  const at = { id: made.id as string };
  await ask("get", `${schedules}/{id}`, { at });
  await ask("get", `${schedules}/{id}`, { at: { id: "timed.yearly" } });
  await ask("get", `${schedules}/{id}`, { at: { id: "nobody" } });
  const change = { enabled: false, jitter: "5m", end_at: "2999-01-01T00:00:00Z", max_runs: 9 };
  await ask("patch", `${schedules}/{id}`, { at, body: change });
  await ask("post", `${schedules}/{id}/run`, { at, body: {} });
  const from = new Date(Date.now() - 3 * 86_400_000).toISOString();
  const past = { from, to: new Date().toISOString() };
  await ask("post", `${schedules}/{id}/backfill`, { at, body: { ...past, dry_run: true } });
  await ask("post", `${schedules}/{id}/backfill`, { at, body: past });
  await ask("get", `${schedules}/{id}/runs`, { at, query: "?limit=2" });
  await ask("get", schedules);
  await ask("delete", `${schedules}/{id}`, { at: { id: "timed.yearly" } });
  await ask("delete", `${schedules}/{id}`, { at });
}

/** Deliveries to hooks: one that is not waited for, one that is, and one that nobody knows. */
async function hooking(ask: Ask): Promise<void> {
  const definition = { steps: [{ id: "id", action: "crypto.uuid" }] };
  const triggers = { webhook: [{ name: "in", verify: "none", map: "{}" }] };
  const body = { name: "hooked", agent_id: "tester", definition, triggers };
  await ask("post", "/api/v1/templates", { body });
  const deliver = "/hooks/{template}/{name}";
  const at = { template: "hooked", name: "in" };
  await ask("post", deliver, { at, body: {} });
  await ask("post", deliver, { at, body: {}, query: "?wait_ms=60000" });
  assert.equal((await ask("post", deliver, { at, query: "?wait_ms=x" })).status, 400);
  assert.equal((await ask("post", deliver, { at: { ...at, name: "out" } })).status, 404);
  await ask("get", "/api/v1/hooks", { query: "?limit=5" });
  await ask("get", "/api/v1/hooks/{template}/{name}/log", { at });
  await ask("get", "/api/v1/hooks/{template}/{name}/log", { at: { ...at, name: "out" } });
  const test = "/api/v1/hooks/{template}/{name}/test";
  const { body: told } = await ask("post", test, { at, body: { body: "{}", query: { a: ["1"] } } });
  assert.equal(told.outcome, "run");
  await ask("post", test, { at, body: { body: "{", headers: { "webhook-id": "x" } } });
  await ask("post", test, { at: { ...at, name: "out" }, body: {} });
  await telling(ask, definition);
}

/** What others are not told, for want of a secret. */
async function telling(ask: Ask, definition: object): Promise<void> {
  const notify = { url: "http://127.0.0.1:9/", events: ["completed"], secret: "NONE" };
  const body = { name: "told", agent_id: "tester", definition, triggers: { notify } };
  await ask("post", "/api/v1/templates", { body });
  const start = { template_name: "told", agent_id: "tester", wait_ms: 60_000 };
  const { body: run } = await ask("post", "/api/v1/runs", { body: start });
  const callbacks = "/api/v1/callbacks";
  const query = `?workflow_id=${run.workflow_id}&limit=5`;
  const { body: page } = await ask("get", callbacks, { query });
  const [{ id }] = page.callbacks;
  const at = { id: String(id) };
  await ask("get", `${callbacks}/{id}`, { at });
  await ask("post", `${callbacks}/{id}/send`, { at, body: {} });
  await ask("get", callbacks, { query: "?status=lost" });
  assert.equal((await ask("get", `${callbacks}/{id}`, { at: { id: "none" } })).status, 404);
  assert.equal(
    (await ask("post", `${callbacks}/{id}/send`, { at: { id: "x.1" }, body: {} })).status,
    404,
  );
}

/** The vault, from its first key on. */
async function keeping(ask: Ask): Promise<void> {
  const secret = "/api/v1/secrets/{name}";
  const at = { name: "TOKEN" };
  await ask("put", secret, { at, body: { value: "one" } });
  await ask("post", "/api/v1/vault/unlock", { body: { key: `hex:${"01".repeat(32)}` } });
  assert.equal((await ask("put", secret, { at, body: { value: "one" } })).status, 201);
  assert.equal((await ask("put", secret, { at, body: { value: "two" } })).status, 200);
  await ask("get", "/api/v1/secrets");
  await ask("post", "/api/v1/vault/rekey", { body: { key: `hex:${"02".repeat(32)}` } });
  await ask("delete", secret, { at });
  await ask("delete", secret, { at });
}

function* objectsIn(value: Json): Generator<JsonObject> {
  if (Array.isArray(value)) { for (const item of value) yield* objectsIn(item); }
  else if (isObject(value)) {
    yield value;
    for (const item of Object.values(value)) yield* objectsIn(item);
  }
}
