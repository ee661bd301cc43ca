// Whether the workflows in examples/ do what they promise, on a daemon with real files.

import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { openTestEngine, pass, until } from "../support/test-engine.ts";

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

  test("wait-for-file refuses a limit that is no duration, with which it would never end", async () => {
    const path = join(home, "never");
    for (const name of ["limit", "every"]) {
      const { error } = await run("wait-for-file", { path, [name]: "3" });
      assert.equal(error?.code, "VALIDATION_ERROR");
      assert.match(error.message, new RegExp(`${name}`));
    }
  });

  test("release-gate publishes what its reviewer approves", async () => {
    const files = [file("one.txt", "one"), file("two.txt", "two")];
    const manifest = join(home, "manifest.json");
    const asked = await run("release-gate", { files, manifest, reviewer: "ann" });
    assert.equal(asked.status, "suspended", JSON.stringify(asked));
    assert.equal(asked.pending_decisions[0].target_agent_id, "ann");
    const id = asked.workflow_id;
    const decision = {
      signal_type: "decision",
      step_id: "approve",
      payload: { choice: "publish" },
    };
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
    const decision = { signal_type: "decision", step_id: "approve", payload: { choice: "hold" } };
    const done = await signal(asked.workflow_id, { ...decision, agent_id: "reviewer" });
    assert.deepEqual([done.status, done.output.branch], ["completed", "hold"]);
  });

  test("lockfile-report refuses what is no lock file, and says when counting failed", async () => {
    const report = join(home, "no-report.md");
    const refused = await run("lockfile-report", { lockfile: file("other.json", "{}"), report });
    assert.equal(refused.status, "failed");
    assert.match(refused.error.message, /other\.json is not an npm lock file/);
    const lockfile = file("broken.json", '{"lockfileVersion": 3, "packages": ');
    const params = { lockfile, report, node: process.execPath };
    const broken = await run("lockfile-report", params);
    assert.equal(broken.status, "failed");
    assert.match(broken.error.message, /exited with code 1: SyntaxError/);
    assert.equal(existsSync(report), false);
  });

  test("wait-for-file hashes a file that is there, and fails when it never comes", async () => {
    const done = await run("wait-for-file", { path: file("there.txt", "abc") });
    assert.equal(done.status, "completed", JSON.stringify(done.error));
    assert.match(done.output.hash, /^ba7816bf/);
    for (const limit of ["0s", "150ms"]) {
      const late = await run("wait-for-file", { path: join(home, "no.txt"), every: "20ms", limit });
      assert.equal(late.status, "failed");
      assert.match(late.error.message, new RegExp(`no .*no\\.txt after ${limit}`));
    }
  });

  test("wait-for-file waits for a file that comes later", async () => {
    const path = join(home, "later.txt");
    const started = await rest(url, "POST", "/api/v1/runs", {
      template_name: "wait-for-file",
      agent_id: "me",
      params: { path, every: "10ms" },
    });
    const id = started.body.workflow_id;
    // It has looked in vain at least once.
    while (true) {
      const { body } = await rest(url, "GET", `/api/v1/events?workflow_id=${id}`);
      if (
        body.events.some((event: { event_type: string }) =>
          event.event_type === "loop_iter_completed"
        )
      ) break;
    }
    writeFileSync(path, "abc");
    const request = { signal_type: "data", payload: {}, wait_ms: 50_000 };
    let { body } = await rest(url, "POST", `/api/v1/runs/${id}/signal`, request);
    while (body.status === "active" || body.status === undefined || body.error) {
      ({ body } = await rest(url, "GET", `/api/v1/runs/${id}`));
      assert.notEqual(body.status, "failed", JSON.stringify(body.error));
    }
    assert.equal(body.status, "completed");
    assert.match(body.output.hash, /^ba7816bf/);
  });
});

describe("examples over a day", () => {
  const cleanup = suiteCleanup();

  async function gate(t: TestContext) {
    const home = tempHome(t);
    const engine = await openTestEngine();
    cleanup.after(() => engine.opcode.stop());
    const template = JSON.parse(readFileSync(join(EXAMPLES, "release-gate.json"), "utf8"));
    await engine.opcode.define({ ...template, agent_id: "me" });
    writeFileSync(join(home, "one.txt"), "one");
    const asked = await engine.opcode.run({
      template_name: "release-gate",
      agent_id: "me",
      params: { files: [join(home, "one.txt")], manifest: join(home, "manifest.json") },
    });
    const ended = async () => {
      await until(
        async () => (await engine.opcode.status(asked.workflow_id)).status === "completed",
        "the end",
      );
      return (await engine.opcode.status(asked.workflow_id)).output as Record<string, unknown>;
    };
    return { engine, id: asked.workflow_id, ended };
  }

  test("release-gate holds what nobody has looked at for a day", async (t) => {
    const { engine, ended } = await gate(t);
    await pass(engine, 24 * 3_600_000);
    assert.equal((await ended()).branch, "hold");
  });

  test("release-gate waits an hour for the news that it is out, and no longer", async (t) => {
    const { engine, id, ended } = await gate(t);
    await engine.opcode.signal({
      workflow_id: id,
      signal_type: "decision",
      step_id: "approve",
      payload: { choice: "publish" },
      agent_id: "reviewer",
    });
    await pass(engine, 3_600_000);
    const { branch, output } = await ended();
    assert.equal(branch, "publish");
    assert.equal((output as Record<string, unknown>).timed_out, true);
  });
});
