// Whether a workflow can open the daemon's own files, and so lose it the lock that keeps others out.

import assert from "node:assert/strict";
import { existsSync, linkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../core/json.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { Rest } from "../support/rest.ts";

const FILES = ["opcode.db", "opcode.db-wal", "opcode.db-shm", "opcode.db.lock"];

test("no workflow opens the database, its log or its lock while another daemon tries to start", async (t) => {
  const home = tempHome(t);
  const elsewhere = tempHome(t);
  const daemon = await spawnDaemon(t, { home });
  const rest = new Rest(daemon.url);
  t.after(() => rest.destroy());

  const paths: string[] = [];
  for (const name of FILES) {
    const file = join(home, name);
    assert.ok(existsSync(file), name);
    symlinkSync(file, join(elsewhere, `link-${name}`));
    linkSync(file, join(elsewhere, `hard-${name}`));
    paths.push(
      file,
      join(elsewhere, `link-${name}`),
      join(elsewhere, `hard-${name}`),
      `${home}//./x/../${name}`,
    );
  }
  const attempts: [string, JsonObject][] = paths.flatMap((path): [string, JsonObject][] => [
    ["fs.read", { path }],
    ["fs.stat", { path }],
    ["fs.write", { path, content: "" }],
  ]);
  const steps = attempts.map(([action, params], i) => ({
    id: `s${i}`,
    action,
    params,
    on_error: { strategy: "ignore" },
  }));
  await rest.post("/api/v1/templates", { name: "pry", definition: { steps }, agent_id: "test" });

  /** A second daemon on the same data must end by itself, whatever the workflow did. */
  const intrude = () =>
    assert.rejects(spawnDaemon(t, { home }), /another daemon|lock|in use/i, "it started");
  const runs = Array.from(
    { length: 3 },
    () => rest.post("/api/v1/runs", { template_name: "pry", agent_id: "test", wait_ms: 60_000 }),
  );
  await Promise.all([...runs, intrude(), intrude()]);
  for (const reply of await Promise.all(runs)) {
    assert.equal(reply.status, "completed");
    const reported = reply.steps as Record<string, { error?: { code: string } }>;
    attempts.forEach(([action, params], i) => {
      assert.equal(reported[`s${i}`]!.error?.code, "PATH_DENIED", `${action} ${params.path}`);
    });
  }
  // The lock is still held, and what was acknowledged is still there.
  await intrude();
  const { runs: listed } = await rest.get("/api/v1/runs?limit=10");
  assert.equal((listed as unknown[]).length, 3);
});
