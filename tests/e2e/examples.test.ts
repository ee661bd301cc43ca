// Whether the workflows in examples/ do what they promise, on a daemon with real files.

import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestDaemon, suiteCleanup } from "../support/daemon.ts";
import { rest } from "../support/http.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));
const FILES = globSync("*.json", { cwd: EXAMPLES }).sort();

describe("examples", () => {
  let url: string;
  let home: string;
  const cleanup = suiteCleanup();
  const run = async (template_name: string, params: object) => {
    const request = { template_name, agent_id: "me", params, wait_ms: 50_000 };
    const { body } = await rest(url, "POST", "/api/v1/runs", request);
    return body;
  };
  const signal = async (id: string, body: object) =>
    (await rest(url, "POST", `/api/v1/runs/${id}/signal`, { wait_ms: 50_000, ...body })).body;
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), text);
    return join(home, name);
  };
  before(async () => {
    ({ url, home } = await startTestDaemon(cleanup));
    for (const name of FILES) {
      const template = JSON.parse(readFileSync(join(EXAMPLES, name), "utf8"));
      const { status, body } = await rest(url, "POST", "/api/v1/templates", {
        ...template,
        agent_id: "me",
      });
      assert.deepEqual([status, body.name, body.warnings], [
        201,
        basename(name, ".json"),
        undefined,
      ]);
    }
  });

  test("the page about them names each one", () => {
    const page = readFileSync(join(EXAMPLES, "README.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([^`]+\.json)` \|/gm)].map(([, name]) => name!);
    assert.deepEqual(rows.sort(), FILES);
  });

  test("lockfile-report counts the packages of a lock file", async () => {
    const lockfile = file(
      "package-lock.json",
      '{"name": "x", "lockfileVersion": 3, "packages": {"": {}}}',
    );
    const report = join(home, "report.md");
    const { status, error } = await run("lockfile-report", {
      lockfile,
      report,
      node: process.execPath,
    });
    assert.equal(status, "completed", JSON.stringify(error));
    assert.match(readFileSync(report, "utf8"), /^#/);
  });

  test("release-gate publishes what its reviewer approves", async () => {
    const files = [file("one.txt", "one"), file("two.txt", "two")];
    const manifest = join(home, "manifest.json");
    const asked = await run("release-gate", { files, manifest, reviewer: "ann" });
    assert.equal(asked.status, "suspended", JSON.stringify(asked));
    assert.equal(asked.pending_decisions[0].target_agent_id, "ann");
    const id = asked.workflow_id;
    const decision = { signal_type: "decision", payload: { choice: "publish" } };
    const foreign = await signal(id, { ...decision, agent_id: "bob" });
    assert.equal(foreign.error.code, "VALIDATION_ERROR");
    const made = await signal(id, { ...decision, agent_id: "ann" });
    assert.deepEqual(made.waiting_signals, [{ step_id: "act.publish.out", signal: "published" }]);
    const hashes = JSON.parse(readFileSync(manifest, "utf8"));
    assert.deepEqual(hashes.length, 2);
    const done = await signal(id, { signal_type: "data", payload: { signal: "published" } });
    assert.equal(done.status, "completed");
    assert.equal(done.output.branch, "publish");
  });

  test("release-gate holds what its reviewer holds", async () => {
    const asked = await run("release-gate", {
      files: [file("one.txt", "one")],
      manifest: join(home, "none.json"),
    });
    const decision = { signal_type: "decision", payload: { choice: "hold" } };
    const done = await signal(asked.workflow_id, { ...decision, agent_id: "reviewer" });
    assert.deepEqual([done.status, done.output.branch], ["completed", "hold"]);
  });

  test("wait-for-file hashes a file that is there, and fails when it never comes", async () => {
    const done = await run("wait-for-file", { path: file("there.txt", "abc") });
    assert.equal(done.status, "completed", JSON.stringify(done.error));
    assert.match(done.output.hash, /^ba7816bf/);
    const late = await run("wait-for-file", { path: join(home, "no.txt"), limit: "0s" });
    assert.equal(late.status, "failed");
    assert.match(late.error.message, /no .*no\.txt after 0s/);
  });
});
