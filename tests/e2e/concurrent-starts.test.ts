// What many callers at once get: one run for one key, one version for one define; kill -9 included.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { spawnDaemon, startTestDaemon, tempHome } from "../support/daemon.ts";
import { Rest, RestError } from "../support/rest.ts";

const definition: JsonObject = {
  steps: [
    { id: "stat", action: "fs.stat", params: { path: "/" } },
    { id: "uuid", action: "crypto.uuid", depends_on: ["stat"] },
  ],
};

function start(rest: Rest, key: string, params: JsonObject = { n: 1 }): Promise<JsonObject> {
  return rest.post("/api/v1/runs", {
    template_name: "once",
    agent_id: "test",
    idempotency_key: key,
    wait_ms: 10_000,
    params,
  });
}

let defined = 0;

/** Each time another definition: the same one would stay the version that it is. */
async function define(rest: Rest, name: string): Promise<string> {
  const template = { name, definition, agent_id: "test", description: `number ${++defined}` };
  return String((await rest.post("/api/v1/templates", template)).version);
}

test("100 concurrent starts with one key are one run with one answer", async (t) => {
  const daemon = await startTestDaemon(t);
  const rest = new Rest(daemon.url, 100);
  t.after(() => rest.destroy());
  await define(rest, "once");
  const replies = await Promise.all(Array.from({ length: 100 }, () => start(rest, "k")));
  assert.equal(new Set(replies.map((reply) => reply.workflow_id)).size, 1);
  for (const reply of replies) {
    assert.equal(reply.status, "completed");
    assert.deepEqual(reply.output, replies[0]!.output);
  }
  const { runs } = await rest.get("/api/v1/runs?limit=10");
  assert.equal((runs as unknown[]).length, 1);

  await assert.rejects(
    start(rest, "k", { n: 2 }),
    (error: RestError) =>
      error.status === 409 && (error.body.error as JsonObject).code === "CONFLICT",
  );
  const other = await start(rest, "another");
  assert.notEqual(other.workflow_id, replies[0]!.workflow_id);
});

test("one key is one run for each agent", async (t) => {
  const daemon = await startTestDaemon(t);
  const rest = new Rest(daemon.url);
  t.after(() => rest.destroy());
  await define(rest, "once");
  const ids = await Promise.all(["a", "b"].map(async (agent_id) => {
    const body = { template_name: "once", agent_id, idempotency_key: "k", wait_ms: 10_000 };
    return (await rest.post("/api/v1/runs", body)).workflow_id;
  }));
  assert.notEqual(ids[0], ids[1]);
});

test("50 concurrent defines of one name are 50 versions", async (t) => {
  const daemon = await startTestDaemon(t);
  const rest = new Rest(daemon.url, 50);
  t.after(() => rest.destroy());
  const versions = await Promise.all(Array.from({ length: 50 }, () => define(rest, "many")));
  const expected = Array.from({ length: 50 }, (_, i) => `v${i + 1}`);
  assert.deepEqual(versions.toSorted((a, b) => +a.slice(1) - +b.slice(1)), expected);
});

test("50 concurrent defines of one definition are one version", async (t) => {
  const daemon = await startTestDaemon(t);
  const rest = new Rest(daemon.url, 50);
  t.after(() => rest.destroy());
  const template = { name: "same", definition, agent_id: "test" };
  const replies = await Promise.all(
    Array.from({ length: 50 }, () => rest.post("/api/v1/templates", template)),
  );
  assert.deepEqual(new Set(replies.map(({ version }) => version)), new Set(["v1"]));
  assert.equal(replies.filter(({ unchanged }) => unchanged === true).length, 49);
});

test("a kill -9 in the middle makes no second run and loses no version", async (t) => {
  const home = tempHome(t);
  let daemon = await spawnDaemon(t, { home });
  let rest = new Rest(daemon.url, 100);
  await define(rest, "once");
  const answered: string[] = [];
  const versions: string[] = ["v1"];
  // The kill comes when the first answers are there and most are not.
  const first = Promise.withResolvers<void>();
  const note = (list: string[]) => (value: unknown) => {
    list.push(String(value));
    first.resolve();
  };
  const calls = Array.from({ length: 50 }, () => [
    start(rest, "k").then((reply) => note(answered)(reply.workflow_id)),
    define(rest, "once").then(note(versions)),
  ]).flat();
  const settled = Promise.allSettled(calls);
  await first.promise;
  await daemon.kill();
  await settled;
  await rest.destroy();

  daemon = await spawnDaemon(t, { home });
  rest = new Rest(daemon.url, 100);
  t.after(() => rest.destroy());
  const replies = await Promise.all(Array.from({ length: 50 }, () => start(rest, "k")));
  const ids = new Set([...answered, ...replies.map((reply) => String(reply.workflow_id))]);
  assert.equal(ids.size, 1);
  await assert.rejects(start(rest, "k", { n: 2 }), (error: RestError) => error.status === 409);

  assert.equal(new Set(versions).size, versions.length, "no version was given twice");
  const next = await define(rest, "once");
  const highest = Math.max(...versions.map((version) => +version.slice(1)));
  assert.ok(+next.slice(1) > highest, `${next} after v${highest}`);
  const listed = await rest.get("/api/v1/templates?name=once&limit=1000");
  const stored = (listed.templates as JsonObject[]).map((template) => String(template.version));
  for (const version of versions) assert.ok(stored.includes(version), `${version} is there`);
});
