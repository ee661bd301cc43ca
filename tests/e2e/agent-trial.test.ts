// Whether an agent that sees only the MCP interface gets fourteen ordinary tasks done by what it writes first.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { openSession, type TestSession } from "../support/mcp-app.ts";
import { type TrialWorld, trialWorld } from "../support/trial-world.ts";
import { courseTasks } from "./agent-trial/course.ts";
import { dataTasks } from "./agent-trial/data.ts";

const TOKEN = "s3cr3t-t0ken-42";
/** The most that one answer may cost an agent. */
const ANSWER_BYTES = 40_000;

describe("fourteen tasks of an agent", () => {
  const cleanup = suiteCleanup();
  let world: TrialWorld;
  let session: TestSession;
  let tasks: ReturnType<typeof dataTasks> & ReturnType<typeof courseTasks>;
  before(async () => {
    world = await trialWorld(cleanup, TOKEN);
    tasks = { ...dataTasks(world.url), ...courseTasks(world.url) };
    const daemon = await startTestDaemon(cleanup, { vaultKey: `hex:${"a1".repeat(32)}` });
    await rest(daemon.url, "PUT", "/api/v1/secrets/API_TOKEN", { value: TOKEN });
    session = await openSession({ fetch: (path, init) => fetch(daemon.url + path, init) });
  });

  const call = async (tool: string, args: JsonObject) => {
    const result = await session.call(`opcode.${tool}`, args);
    const text = JSON.stringify(result);
    assert.ok(Buffer.byteLength(text) <= ANSWER_BYTES, `${text.length} characters of ${tool}`);
    assert.ok(!text.includes(TOKEN), `the secret in an answer of ${tool}`);
    return result;
  };
  const define = async (task: keyof typeof tasks, beside: JsonObject = {}) => {
    const [name] = task.split(", ");
    const definition = tasks[task] as unknown as JsonObject;
    const args = { name: name!, agent_id: "trial", definition, ...beside };
    const { isError, content, structuredContent } = await call("define", args);
    assert.equal(isError, undefined, content[0].text);
    return structuredContent;
  };
  const run = async (args: JsonObject) =>
    (await call("run", { agent_id: "trial", ...args })).structuredContent;
  /** Starts the latest version of a template and expects it to complete. */
  const complete = async (args: JsonObject) => {
    const done = await run(args);
    assert.equal(done.status, "completed", JSON.stringify(done));
    return done;
  };

  test("1: fetches, filters and posts", async () => {
    assert.deepEqual(await define("t1-orders"), { name: "t1-orders", version: "v1" });
    const { output } = await complete({ template_name: "t1-orders" });
    assert.deepEqual(output.body.received, { ids: [1, 4], sum: 370 });
    assert.deepEqual(world.sunk(), [{ ids: [1, 4], sum: 370 }]);
    assert.equal(world.asked("/orders").length, 1);
  });

  test("2: tries again what fails now and then", async () => {
    await define("t2-flaky");
    const { output } = await complete({ template_name: "t2-flaky" });
    assert.deepEqual(output, { result: { attempt: 3 } });
    assert.equal(world.asked("/flaky?id=A").length, 3);
  });

  test("3: hands a program JSON and reads the JSON that it prints", async () => {
    await define("t3-stdin");
    const { output } = await complete({ template_name: "t3-stdin" });
    assert.deepEqual(output.body.received, { count: 4, max: 900 });
    assert.deepEqual(world.sunk(), [{ count: 4, max: 900 }]);
  });

  test("4: fetches a list of pages, two at a time, and collects the titles in order", async () => {
    await define("t4-pages");
    const { output } = await complete({ template_name: "t4-pages" });
    assert.deepEqual(output.result, ["Page 1", "Page 2", "Page 3", "Page 4", "Page 5"]);
    assert.equal(world.asked("/page/").length, 5);
    assert.ok(world.pagesAtOnce() <= 2);
  });

  test("5: branches by an input", async () => {
    const properties = { amount: { type: "number" } };
    await define("t5-cond", { input_schema: { type: "object", properties, required: ["amount"] } });
    for (const [amount, branch, level] of [[150, "true", "high"], [50, "false", "low"]] as const) {
      const { output } = await complete({ template_name: "t5-cond", params: { amount } });
      assert.equal(output.branch, branch);
      assert.deepEqual(world.sunk(), [{ level }]);
    }
    const { error } = await run({ template_name: "t5-cond" });
    assert.match(error.message, /amount/);
  });

  test("6: asks a person, and takes the fallback when the deadline is over", async () => {
    await define("t6-approve");
    const asked = await run({ template_name: "t6-approve" });
    assert.equal(asked.status, "suspended", JSON.stringify(asked));
    const { workflow_id, pending_decisions: [{ decision_id, options }] } = asked;
    assert.deepEqual(options, ["approve", "reject"]);
    const answer = { workflow_id, decision_id, signal_type: "decision", agent_id: "trial" };
    const { structuredContent } = await call("signal", {
      ...answer,
      payload: { choice: "approve" },
    });
    assert.equal(structuredContent.status, "completed");
    assert.equal(structuredContent.output.branch, "approve");
    assert.deepEqual(world.sunk(), [{ shipped: true, by: "trial" }]);

    await define("t6-expires");
    let expiring = await run({ template_name: "t6-expires" });
    await world.sinkFilled();
    while (expiring.status !== "completed") {
      assert.notEqual(expiring.status, "failed", JSON.stringify(expiring));
      expiring = (await call("status", { workflow_id: expiring.workflow_id })).structuredContent;
    }
    assert.equal(expiring.output.branch, "reject");
    assert.deepEqual(world.sunk(), [{ shipped: false, by: "system" }]);
  });

  test("7: races a page against a timer and branches by the winner", async () => {
    await define("t7-race");
    const late = await complete({ template_name: "t7-race" });
    assert.deepEqual(late.output, { branch: "true", output: { result: "timer won" } });
    await define("t7-race, patient");
    const early = await complete({ template_name: "t7-race", params: { ms: 0 } });
    assert.deepEqual(early.output, { branch: "false", output: { result: "http won" } });
  });

  test("8: polls until it is done, and fails when it never is", async () => {
    await define("t8-poll");
    const { steps, output } = await complete({ template_name: "t8-poll" });
    assert.equal(steps.poll.output_at, "output");
    assert.equal(output.iterations, 4);
    assert.equal(world.asked("/poll?id=B").length, 4);
    await define("t8-poll2");
    const failed = await run({ template_name: "t8-poll2" });
    assert.equal(failed.status, "failed");
    assert.equal(failed.error.message, "never done");
    assert.equal(world.asked("/poll?id=C").length, 2);
  });

  test("9: calls another workflow; a wrong field is told the right one, then goes on", async () => {
    await define("t9-child");
    await define("t9-parent");
    const failed = await run({ template_name: "t9-parent" });
    assert.equal(failed.status, "failed");
    assert.match(
      failed.error.message,
      /no field "output" in steps\.sub\.output; available: result/,
    );
    assert.deepEqual(world.sunk(), []);
    assert.equal((await define("t9-parent, mended")).version, "v2");
    const from = { from_run: failed.workflow_id, from_step: "post" };
    assert.equal((await run(from)).status, "failed", "without a version it is the one it ran by");
    const { output } = await complete({ ...from, version: "v2" });
    assert.deepEqual(output.body.received, { title: "Page 7" });
    assert.deepEqual(world.sunk(), [{ title: "Page 7" }]);
    assert.equal(world.asked("/page/7").length, 1);
  });

  test("10: sends a secret that no answer shows", async () => {
    await define("t10-secret");
    const { output } = await complete({ template_name: "t10-secret" });
    assert.deepEqual(output, { result: "ann" });
    assert.equal(world.asked("/private").length, 1);
  });

  test("11: goes on with a failed run once the cause is mended", async () => {
    await define("t11-broken");
    await define("t11-mend");
    const failed = await run({ template_name: "t11-broken" });
    assert.equal(failed.status, "failed");
    assert.match(failed.error.message, /500 Internal Server Error: \{"mended":false\}/);
    await complete({ template_name: "t11-mend" });
    assert.match(failed.next, /opcode\.signal retry, step_id broken\b/);
    const retry = { workflow_id: failed.workflow_id, signal_type: "retry", step_id: "broken" };
    const { structuredContent } = await call("signal", {
      ...retry,
      payload: {},
      agent_id: "trial",
    });
    assert.equal(structuredContent.status, "completed");
    assert.deepEqual(structuredContent.rerun, ["broken"]);
    assert.deepEqual(world.sunk(), [{ n: 4, mended: true }]);
    assert.equal(world.asked("/orders?of=11").length, 1);
    assert.equal(world.asked("/broken").length, 2);
  });

  test("12: goes on with a right param in place of a wrong one", async () => {
    await define("t12-fork");
    const failed = await run({ template_name: "t12-fork", params: { path: "nowhere/1" } });
    assert.equal(failed.status, "failed");
    assert.match(failed.error.message, /nowhere\/1: the server answered 404/);
    const from = { from_run: failed.workflow_id, from_step: "page" };
    const { workflow_id } = await complete({ ...from, params: { path: "page/9" } });
    assert.notEqual(workflow_id, failed.workflow_id);
    assert.deepEqual(world.sunk(), [{ n: 4, title: "Page 9" }]);
    assert.equal(world.asked("/orders?of=12").length, 1);
  });

  test("13: runs once for one key", async () => {
    await define("t12-fork");
    const keyed = (path: string) =>
      run({ template_name: "t12-fork", params: { path }, idempotency_key: "k13" });
    const first = await keyed("page/13");
    const again = await keyed("page/13");
    assert.equal(first.status, "completed");
    assert.equal(again.workflow_id, first.workflow_id);
    assert.equal(again.replayed, true);
    assert.equal(world.asked("/page/13").length, 1);
    assert.deepEqual(world.sunk(), [{ n: 4, title: "Page 13" }]);
    const { error } = await keyed("page/14");
    assert.equal(error.code, "CONFLICT");
    assert.equal(error.details.workflow_id, first.workflow_id);
  });

  test("14: compares versions, runs an older one, and reads a list to its end", async () => {
    await define("t14-v, v1");
    const { diff } = await define("t14-v, v2", { dry_run: true });
    assert.equal(diff.against, "v1");
    assert.deepEqual(diff.added, ["b"]);
    assert.deepEqual(diff.changed, [{ step_id: "a", fields: ["params"] }]);
    assert.equal((await define("t14-v, v2")).version, "v2");
    const against = { resource: "templates", filter: { name: "t14-v", against: "v1" } };
    const { structuredContent: stored } = await call("query", against);
    assert.deepEqual(stored.templates.map((row: JsonObject) => row.diff), [diff]);
    const old = await complete({ template_name: "t14-v", version: "v1" });
    assert.deepEqual(old.output, { result: 2 });
    assert.deepEqual((await complete({ template_name: "t14-v" })).output, { result: 30 });

    const read = async (limit: number) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const filter = { limit, ...(cursor !== undefined && { cursor }) };
        const { structuredContent } = await call("query", { resource: "templates", filter });
        assert.ok(structuredContent.templates.length <= limit);
        for (const row of structuredContent.templates) seen.push(`${row.name} ${row.version}`);
        cursor = structuredContent.next_cursor;
      } while (cursor !== undefined);
      return seen;
    };
    const all = await read(3);
    assert.deepEqual(all, await read(100));
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.includes("t14-v v1") && all.includes("t14-v v2"));
  });
});
