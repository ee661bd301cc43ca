// What the REST routes answer: bodies, statuses, and errors that name the field.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { startTestDaemon, suiteCleanup } from "../../support/daemon.ts";
import { defineTemplate, HASH_STEPS, rest } from "../../support/http.ts";

describe("REST", () => {
  let url: string;
  const cleanup = suiteCleanup();
  before(async () => {
    url = (await startTestDaemon(cleanup)).url;
    await defineTemplate(url, "hash", HASH_STEPS);
  });

  test("healthz says ok and the version", async () => {
    const { status, body } = await rest(url, "GET", "/healthz");
    assert.deepEqual([status, body], [200, { status: "ok", version: "test" }]);
  });

  test("the workflow schema is served", async () => {
    const { status, headers, body } = await rest(url, "GET", "/schema/workflow.json");
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/schema+json");
    assert.equal(body.$schema, "https://json-schema.org/draft/2020-12/schema");
  });

  test("templates: define counts versions; one is read by name, by version; lists page", async () => {
    const define = (name: string, more: object = {}) =>
      rest(url, "POST", "/api/v1/templates", {
        name,
        agent_id: "a",
        definition: { steps: HASH_STEPS },
        input_schema: { type: "object" },
        ...more,
      });
    const first = await define("pages");
    assert.deepEqual([first.status, first.body.version], [201, "v1"]);
    const again = await define("pages", { agent_id: "b" });
    assert.deepEqual([again.status, again.body], [200, {
      name: "pages",
      version: "v1",
      unchanged: true,
    }]);
    assert.equal((await define("pages", { description: "other" })).body.version, "v2");
    assert.equal((await rest(url, "GET", "/api/v1/templates/pages")).body.version, "v2");
    const v1 = await rest(url, "GET", "/api/v1/templates/pages/versions/1");
    assert.deepEqual([v1.body.version, v1.body.definition.steps.length], ["v1", 2]);

    const page1 = await rest(url, "GET", "/api/v1/templates?name=pages&limit=1");
    assert.deepEqual(page1.body.templates.map((row: any) => row.version), ["v2"]);
    const page2 = await rest(
      url,
      "GET",
      `/api/v1/templates?name=pages&limit=1&cursor=${encodeURIComponent(page1.body.next_cursor)}`,
    );
    assert.deepEqual(page2.body.templates.map((row: any) => row.version), ["v1"]);
    const latest = await rest(url, "GET", "/api/v1/templates?name=pages&latest=true");
    assert.deepEqual(latest.body.templates.map((row: any) => row.version), ["v2"]);
  });

  test("templates: the versions of one, and what two of them differ in", async () => {
    const path = "/api/v1/templates/differs";
    for (const text of ["a", "b", "c"]) {
      await defineTemplate(url, "differs", [{
        id: "h",
        action: "crypto.hash",
        params: { data: text },
      }]);
    }
    const page = await rest(url, "GET", `${path}/versions?limit=2`);
    assert.deepEqual(page.body.versions.map((row: any) => row.version), ["v3", "v2"]);
    assert.equal(page.body.versions[0].definition, undefined);
    const cursor = encodeURIComponent(page.body.next_cursor);
    const rest_ = await rest(url, "GET", `${path}/versions?limit=2&cursor=${cursor}`);
    assert.deepEqual(rest_.body.versions.map((row: any) => row.version), ["v1"]);
    const { body } = await rest(url, "GET", `${path}/diff?from=v1&to=v2`);
    assert.deepEqual([body.version, body.diff.against], ["v2", "v1"]);
    assert.deepEqual(body.diff.values, [
      { step_id: "h", path: "params.data", old: "a", new: "b" },
    ]);
    assert.equal((await rest(url, "GET", `${path}/diff?from=v1`)).body.version, "v3");
    const refused = async (asked: string) => {
      const { status, body } = await rest(url, "GET", `/api/v1/templates/${asked}`);
      return [status, body.error.details?.path];
    };
    assert.deepEqual(await refused("differs/diff?to=v1"), [400, "from"]);
    assert.equal((await refused("differs/diff?from=v9"))[0], 404);
    assert.equal((await refused("nobody/diff?from=v1"))[0], 404);
    assert.equal((await refused("nobody/versions"))[0], 404);
  });

  test("a dry run is 200 with report, levels and diff, also when there are faults", async () => {
    const ask = (more: object) =>
      rest(url, "POST", "/api/v1/templates", {
        name: "dry",
        agent_id: "a",
        definition: { steps: HASH_STEPS },
        ...more,
      });
    const { status, body } = await ask({ dry_run: true });
    assert.deepEqual([status, body.version, body.levels], [200, "v1", [["hash"], ["check"]]]);
    assert.deepEqual([body.diff.against, body.diff.added], [null, ["hash", "check"]]);
    const faulty = await ask({ dry_run: true, definition: { steps: [] } });
    assert.equal(faulty.status, 200);
    assert.deepEqual(faulty.body.report.errors.map((issue: any) => issue.path), ["steps"]);
    assert.equal((await rest(url, "GET", "/api/v1/templates/dry")).status, 404);
    assert.equal((await ask({ dry_run: false })).status, 201);
    const wrong = await ask({ dry_run: "yes" });
    assert.deepEqual(
      [wrong.status, wrong.body.error.message],
      [400, "dry_run: must be boolean; write true"],
    );
  });

  test("diagrams: a template's plan, a run with its states or without", async () => {
    const path = "/api/v1/templates/hash/diagram";
    const plan = (await rest(url, "GET", path)).body;
    assert.equal(plan.format, "mermaid");
    assert.match(plan.diagram, /^graph TD\n/);
    const same = await rest(url, "GET", `${path}?version=v1&format=mermaid`);
    assert.deepEqual(same.body, plan);
    const run = { template_name: "hash", agent_id: "a", params: { text: "x" }, wait_ms: 10_000 };
    const { body } = await rest(url, "POST", "/api/v1/runs", run);
    const ofRun = `/api/v1/runs/${body.workflow_id}/diagram`;
    assert.match((await rest(url, "GET", ofRun)).body.diagram, /class \w+ completed/);
    const bare = (await rest(url, "GET", `${ofRun}?include_status=false`)).body.diagram;
    assert.doesNotMatch(bare, /class \w+ completed/);
  });

  test("runs: 202 with a place to look, 200 once it is over, then its status and events", async () => {
    const request = { template_name: "hash", agent_id: "a", params: { text: "x" } };
    const started = await rest(url, "POST", "/api/v1/runs", request);
    assert([200, 202].includes(started.status));
    assert.equal(started.headers.get("location"), `/api/v1/runs/${started.body.workflow_id}`);

    const ended = await rest(url, "POST", "/api/v1/runs", { ...request, wait_ms: 10_000 });
    assert.deepEqual([ended.status, ended.body.status], [200, "completed"]);
    const id = ended.body.workflow_id;
    const status = await rest(url, "GET", `/api/v1/runs/${id}`);
    assert.equal(status.body.steps.check.status, "completed");
    const { body } = await rest(url, "GET", `/api/v1/events?workflow_id=${id}`);
    const sequences = body.events.map((event: any) => event.sequence);
    assert.deepEqual(sequences, sequences.map((_: number, i: number) => i + 1));
    const { body: list } = await rest(url, "GET", "/api/v1/runs?template_name=hash&limit=1000");
    assert(list.runs.some((run: any) => run.id === id));
  });

  test("decisions: listed with their questions, by status and by whom they are for", async () => {
    const steps = [{
      id: "ask",
      type: "reasoning",
      config: { prompt_context: "Go?", options: [{ id: "yes" }], target_agent: "ann" },
    }];
    await defineTemplate(url, "ask", steps);
    const run = { template_name: "ask", agent_id: "a", wait_ms: 10_000 };
    const { status, body } = await rest(url, "POST", "/api/v1/runs", run);
    assert.deepEqual([status, body.status], [200, "suspended"]);
    const list = async (query: string) =>
      (await rest(url, "GET", `/api/v1/decisions?${query}`)).body.decisions;
    const [decision] = await list("status=pending&target_agent_id=ann&limit=10");
    assert.deepEqual(
      [decision.workflow_id, decision.context.prompt, decision.options],
      [body.workflow_id, "Go?", [{ id: "yes" }]],
    );
    assert.deepEqual(await list("target_agent_id=bob"), []);
    const path = `/api/v1/runs/${body.workflow_id}/signal`;
    const signal = {
      signal_type: "decision",
      decision_id: decision.decision_id,
      payload: { choice: "yes" },
      wait_ms: 10_000,
    };
    assert.equal((await rest(url, "POST", path, { ...signal, agent_id: "bob" })).status, 400);
    const made = await rest(url, "POST", path, { ...signal, agent_id: "ann" });
    assert.deepEqual([made.status, made.body.status], [200, "completed"]);
    assert.deepEqual(await list(`status=pending&workflow_id=${body.workflow_id}`), []);
    const [resolved] = await list(`workflow_id=${body.workflow_id}`);
    assert.deepEqual([resolved.status, resolved.resolved_by], ["resolved", "ann"]);
    for (const wrong of ["status=open", "who=ann", "limit=x", "cursor=x", "status="]) {
      assert.equal((await rest(url, "GET", `/api/v1/decisions?${wrong}`)).status, 400, wrong);
    }
  });

  test("runs: one goes on from a step of another, and both its places say so", async () => {
    const request = {
      template_name: "hash",
      agent_id: "a",
      params: { text: "x" },
      wait_ms: 10_000,
    };
    const { body: source } = await rest(url, "POST", "/api/v1/runs", request);
    const from = { from_run: source.workflow_id, from_step: "check" };
    const forked = await rest(url, "POST", "/api/v1/runs", {
      agent_id: "b",
      ...from,
      wait_ms: 10_000,
    });
    assert.deepEqual([forked.status, forked.body.status], [200, "completed"]);
    assert.deepEqual(forked.body.steps.hash, source.steps.hash);
    const path = `/api/v1/runs/${forked.body.workflow_id}`;
    const forked_from = { workflow_id: source.workflow_id, step_id: "check" };
    assert.deepEqual((await rest(url, "GET", path)).body.forked_from, forked_from);
    const { body: list } = await rest(url, "GET", "/api/v1/runs?agent_id=b");
    assert.deepEqual(list.runs[0].forked_from, forked_from);
    const unknown = { agent_id: "b", ...from, from_run: "nobody" };
    assert.equal((await rest(url, "POST", "/api/v1/runs", unknown)).status, 404);
  });

  test("an empty list is an array", async () => {
    const { body } = await rest(url, "GET", "/api/v1/runs?agent_id=nobody");
    assert.deepEqual(body, { runs: [] });
  });

  const REFUSED: [
    name: string,
    method: string,
    path: string,
    body: unknown,
    status: number,
    message: RegExp,
  ][] = [
    [
      "malformed JSON",
      "POST",
      "/api/v1/runs",
      '{"a": }',
      400,
      /^body: line 1, column 7: expected a value/,
    ],
    ["no body", "POST", "/api/v1/runs", "", 400, /^body: line 1, column 1/],
    ["an array", "POST", "/api/v1/runs", "[]", 400, /^body: must be object/],
    [
      "a missing field",
      "POST",
      "/api/v1/runs",
      { agent_id: "a" },
      400,
      /^template_name: is required/,
    ],
    [
      "a wrong type",
      "POST",
      "/api/v1/runs",
      { template_name: 1, agent_id: "a" },
      400,
      /^template_name: must be string/,
    ],
    [
      "an unknown field",
      "POST",
      "/api/v1/runs",
      { template_name: "hash", agent_id: "a", parms: {} },
      400,
      /^parms: is not a known field \(did you mean "params"\?\)$/,
    ],
    [
      "many unknown fields",
      "POST",
      "/api/v1/runs",
      { agent_id: "a", parms: {}, wait: 1, ["x".repeat(1_000)]: 1 },
      400,
      /^parms: is not a known field \(did you mean "params"\?\); nor is .*; nor is [^;]*$/,
    ],
    [
      "an unknown field with a long name",
      "POST",
      "/api/v1/runs",
      { agent_id: "a", ["x".repeat(1_000)]: 1 },
      400,
      /^x{100}…: is not a known field$/,
    ],
    [
      "wait_ms out of range",
      "POST",
      "/api/v1/runs",
      { template_name: "hash", agent_id: "a", wait_ms: 600_001 },
      400,
      /^wait_ms: must be a number from 0 to 600000/,
    ],
    [
      "an empty name",
      "POST",
      "/api/v1/runs",
      { template_name: " ", agent_id: "a" },
      400,
      /template_name/,
    ],
    [
      "an unknown template",
      "POST",
      "/api/v1/runs",
      { template_name: "none", agent_id: "a" },
      404,
      /not found/,
    ],
    [
      "an unknown version",
      "GET",
      "/api/v1/templates/hash/versions/99",
      undefined,
      404,
      /not found/,
    ],
    [
      "a version that is none",
      "GET",
      "/api/v1/templates/hash/versions/new",
      undefined,
      400,
      /version/,
    ],
    [
      "an unknown run",
      "GET",
      "/api/v1/runs/019aa000-0000-7000-8000-000000000000",
      undefined,
      404,
      /not found/,
    ],
    ["an id that is none", "GET", "/api/v1/runs/x", undefined, 404, /not found/],
    ["an unknown filter", "GET", "/api/v1/runs?stauts=active", undefined, 400, /stauts.*status/],
    [
      "a slip in a diagram's parameters",
      "GET",
      "/api/v1/templates/hash/diagram?vresion=1",
      undefined,
      400,
      /^vresion: .*did you mean "version"/,
    ],
    [
      "a diagram in no known format",
      "GET",
      "/api/v1/templates/hash/diagram?format=gif",
      undefined,
      400,
      /^format: must be "ascii" or "image" or "mermaid" or "svg"$/,
    ],
    [
      "neither with states nor without",
      "GET",
      "/api/v1/runs/x/diagram?include_status=maybe",
      undefined,
      400,
      /^include_status: must be true or false/,
    ],
    [
      "latest that is no boolean",
      "GET",
      "/api/v1/templates?latest=yes",
      undefined,
      400,
      /^filter\.latest: must be true or false/,
    ],
    ["logs since no time", "GET", "/api/v1/logs?since=2026", undefined, 400, /^since: must be/],
    ["logs of a step of no run", "GET", "/api/v1/logs?step=a", undefined, 400, /^step: names a/],
    ["a log level that is none", "GET", "/api/v1/logs?level=x", undefined, 400, /^level: must be/],
    [
      "a filter twice",
      "GET",
      "/api/v1/runs?limit=1&limit=2",
      undefined,
      400,
      /^limit: given 2 times/,
    ],
    ["a status that is none", "GET", "/api/v1/runs?status=done", undefined, 400, /status/],
    [
      "an unknown route",
      "GET",
      "/api/v1/nothing",
      undefined,
      404,
      /^no such route: GET \/api\/v1\/nothing/,
    ],
    [
      "a stream of an unknown run",
      "GET",
      "/api/v1/events/stream?run=x",
      undefined,
      404,
      /not found/,
    ],
    [
      "a stream after no id",
      "GET",
      "/api/v1/events/stream?after=x",
      undefined,
      400,
      /^after: must be an event id/,
    ],
    [
      "an unknown signal",
      "POST",
      "/api/v1/runs/x/signal",
      { signal_type: "stop" },
      400,
      /^signal_type: must be one of decision, data, cancel, retry, skip/,
    ],
    [
      "a payload that nobody reads",
      "POST",
      "/api/v1/runs/x/signal",
      { signal_type: "retry", payload: { step_id: "a" } },
      400,
      /^payload\.step_id: is not taken by retry: its payload must be empty/,
    ],
    [
      "a bad definition",
      "POST",
      "/api/v1/templates",
      {
        name: "bad",
        agent_id: "a",
        definition: { steps: [{ id: "a", type: "action", action: "crypto.hsah" }] },
      },
      400,
      /steps\[0\]/,
    ],
  ];
  for (const [name, method, path, body, status, message] of REFUSED) {
    test(`${name} is ${status}`, async () => {
      const answer = await rest(url, method, path, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(answer.body.error.message, message);
      assert.equal(typeof answer.body.error.code, "string");
      assert(!JSON.stringify(answer.body).includes("    at "), "no stack trace");
    });
  }

  test("a signal to a run that is over is a conflict", async () => {
    const { body } = await rest(url, "POST", "/api/v1/runs", {
      template_name: "hash",
      agent_id: "a",
      params: { text: "x" },
      wait_ms: 10_000,
    });
    for (const [signal_type, code] of [["cancel", "INVALID_TRANSITION"], ["data", "CONFLICT"]]) {
      const answer = await rest(url, "POST", `/api/v1/runs/${body.workflow_id}/signal`, {
        signal_type,
        payload: {},
      });
      assert.deepEqual([answer.status, answer.body.error.code], [409, code]);
    }
  });
});
