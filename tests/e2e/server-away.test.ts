// What a daemon does whose data are on a server that goes away: it says so, loses nothing, and goes on by itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Session } from "../../engine/store/postgres/session.ts";
import { serverAddress } from "../../engine/store/postgres/url.ts";
import { startCallCounter } from "../support/call-counter.ts";
import { afterwards, spawnDaemon } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { startPostgres } from "../support/postgres-server.ts";
import { databaseUrl } from "../support/store-env.ts";

test("while the server is away: 503, BUSY and nothing lost; then on from there", async (t) => {
  const server = await startPostgres({ fsync: "on" });
  afterwards(t, () => server.stop());
  const admin = await Session.open(serverAddress(databaseUrl(server.socket, "postgres")), "test");
  await admin.run("CREATE DATABASE away");
  await admin.close();
  const counter = await startCallCounter(() => 300);
  afterwards(t, () => counter.close());
  const daemon = await spawnDaemon(t, {
    env: { OPCODE_STORE_URL: databaseUrl(server.socket, "away") },
  });
  await defineTemplate(daemon.url, "calls", [
    { id: "one", action: "http.get", params: { url: `${counter.url}/1` } },
    { id: "two", action: "http.get", params: { url: `${counter.url}/2` }, depends_on: ["one"] },
  ]);
  const run = (key: string, wait_ms: number) =>
    rest(daemon.url, "POST", "/api/v1/runs", {
      template_name: "calls",
      agent_id: "a",
      idempotency_key: key,
      wait_ms,
    });
  const healthy = async () => (await rest(daemon.url, "GET", "/healthz")).status;
  assert.equal((await run("before", 10_000)).body.status, "completed");

  for (let round = 1; round <= 2; round++) {
    const { body: begun } = await run(`under way ${round}`, 0);
    await server.down();
    const refused = await run(`meanwhile ${round}`, 0);
    assert.equal(refused.status, 503, JSON.stringify(refused.body));
    assert.equal(refused.body.error.code, "BUSY");
    assert.equal(await healthy(), 503);
    await server.up();
    while (await healthy() !== 200) await delay(50);
    const after = await run(`meanwhile ${round}`, 10_000);
    assert.equal(after.body.status, "completed", JSON.stringify(after.body));
    let state = "";
    while (state !== "completed") {
      ({ body: { status: state } } = await rest(
        daemon.url,
        "GET",
        `/api/v1/runs/${begun.workflow_id}`,
      ));
    }
  }
  // Each step of each run called once: five runs of two.
  const { body } = await rest(daemon.url, "GET", "/api/v1/runs?limit=50");
  assert.equal(body.runs.length, 5);
  assert.deepEqual([...counter.calls.values()], Array(10).fill(1));
  assert.equal(await daemon.stop(), 0);
});
