// What a daemon tells Prometheus of itself, and whom it tells it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { startTestDaemon, tempHome } from "../../support/daemon.ts";
import { defineTemplate, rest } from "../../support/http.ts";
import { scrape, valueOf } from "../../support/prometheus.ts";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { tokenHash } from "../../../server/callers.ts";

async function scraped(url: string) {
  const response = await fetch(`${url}/metrics`);
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  return scrape(await response.text());
}

test("steps, commits, runs, queues, files and the process are told as they are", async (t) => {
  const { url } = await startTestDaemon(t);
  await defineTemplate(url, "fine", [{ id: "a", action: "crypto.uuid" }]);
  await defineTemplate(url, "wrong", [
    { id: "a", action: "assert.equals", params: { expected: 1, actual: 2 } },
  ]);
  const start = (template_name: string) =>
    rest(url, "POST", "/api/v1/runs", { template_name, agent_id: "a", wait_ms: 60_000 });
  for (const name of ["fine", "fine", "wrong"]) await start(name);

  const families = await scraped(url);
  const value = (name: string, labels?: Record<string, string>) => valueOf(families, name, labels);
  assert.equal(value("opcode_step_duration_seconds_count", { action: "crypto.uuid" }), 2);
  assert.equal(value("opcode_step_duration_seconds_count", { action: "shell.exec" }), 0);
  assert.equal(value("opcode_steps_failed_total", { action: "assert.equals" }), 1);
  assert.equal(value("opcode_runs", { status: "completed" }), 2);
  assert.equal(value("opcode_runs", { status: "failed" }), 1);
  assert.equal(value("opcode_pending_decisions"), 0);
  const commits = value("opcode_commit_duration_seconds_count")!;
  assert.ok(commits >= 5, `${commits} commits`);
  assert.equal(value("opcode_commit_batch_size_count"), commits);
  assert.equal(value("opcode_commit_queue_bytes"), 0);
  assert.deepEqual(
    ["running", "waiting", "size"].map((what) => value(`opcode_pool_${what}`)),
    [0, 0, 10],
  );
  for (const name of ["opcode_store_bytes", "opcode_wal_bytes", "process_resident_memory_bytes"]) {
    assert.ok(value(name)! > 1_000, name);
  }
  assert.equal(value("opcode_healthy"), 1);
  assert.equal(value("opcode_build_info", { version: "test" }), 1);
  for (const name of ["opcode_streams", "opcode_mcp_sessions", "opcode_waiting_calls"]) {
    assert.equal(value(name), 0, name);
  }
  assert.ok(families.has("opcode_event_loop_lag_seconds"));
});

test("the series of a scrape are as many after a thousand names as before", async (t) => {
  const { url } = await startTestDaemon(t);
  const count = async () =>
    [...(await scraped(url)).values()].reduce((sum, { samples }) => sum + samples.length, 0);
  const before = await count();
  for (let n = 0; n < 20; n++) {
    await defineTemplate(url, `t${n}`, [{ id: `s${n}`, action: "crypto.uuid" }]);
    const body = { template_name: `t${n}`, agent_id: `agent ${n}`, wait_ms: 60_000 };
    await rest(url, "POST", "/api/v1/runs", body);
  }
  assert.equal(await count(), before);
});

test("an open stream and a waiting call are counted while they last", async (t) => {
  const { url } = await startTestDaemon(t);
  const stop = new AbortController();
  const stream = await fetch(`${url}/api/v1/events/stream`, { signal: stop.signal });
  assert.equal(stream.status, 200);
  assert.equal(valueOf(await scraped(url), "opcode_streams"), 1);
  stop.abort();
});

test("they are for whoever has the daemon's token, not for agents", async (t) => {
  const home = tempHome(t);
  const token = `oca_${"a".repeat(43)}`;
  const agents = { bot: { token_hash: tokenHash(token) } };
  writeFileSync(join(home, "settings.json"), JSON.stringify({ agents }));
  const { url } = await startTestDaemon(t, { home, settings: { auth_token: "t0ken" } });
  const ask = async (path: string, given?: string) =>
    (await fetch(`${url}${path}`, {
      headers: given === undefined ? {} : { authorization: `Bearer ${given}` },
    })).status;
  for (const path of ["/metrics", "/api/v1/stats"]) {
    assert.deepEqual([await ask(path), await ask(path, token), await ask(path, "t0ken")], [
      401,
      403,
      200,
    ]);
  }
  assert.equal(
    (await fetch(`${url}/metrics?x=1`, {
      headers: { authorization: "Bearer t0ken" },
    })).status,
    400,
  );
});
