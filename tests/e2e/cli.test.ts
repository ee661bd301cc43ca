// The whole way of a person: define, run, look, signal, against a real daemon process.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { type CliResult, runCli } from "../support/cli.ts";

const GREET = {
  inputs: { name: { type: "string" } },
  steps: [
    { id: "hash", type: "action", action: "crypto.hash", params: { data: "${{inputs.name}}" } },
    {
      id: "say",
      type: "action",
      action: "shell.exec",
      params: { command: "printf", args: ["hello %s", "${{inputs.name}}"] },
      depends_on: ["hash"],
    },
  ],
};

describe("the command line", () => {
  let daemon: SpawnedDaemon;
  const cleanup = suiteCleanup();
  // The data directory alone tells the commands where the daemon is.
  const cli = (args: string[], options: Parameters<typeof runCli>[1] = {}): Promise<CliResult> =>
    runCli(args, {
      ...options,
      cwd: daemon.home,
      env: { OPCODE_HOME: daemon.home, ...options.env },
    });
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    writeFileSync(
      join(daemon.home, "greet.json"),
      JSON.stringify({ name: "greet", definition: GREET }),
    );
    const { code, stdout, stderr } = await cli(["define", "greet.json"]);
    assert.deepEqual([code, stdout], [0, "greet v1\n"], stderr);
  });

  test("define takes a bare definition with --name, also from standard input", async () => {
    const { code, stdout, stderr } = await cli(["define", "-", "--name", "bare", "--json"], {
      input: JSON.stringify(GREET),
    });
    assert.equal(code, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), { name: "bare", version: "v1" });
    const nameless = await cli(["define", "-"], { input: JSON.stringify(GREET) });
    assert.equal(nameless.code, 2);
    assert.match(nameless.stderr, /^error: -: holds no "name": add it or give --name/);
  });

  test("a bad definition gives one line a fault, each with its path", async () => {
    const bad = {
      steps: [{ id: "a", type: "action", action: "crypto.uuid", retry: { max: -1 } }, {
        id: "b",
        tpye: 1,
      }],
    };
    const { code, stderr } = await cli(["define", "-", "--name", "bad"], {
      input: JSON.stringify(bad),
    });
    assert.equal(code, 1);
    assert.match(stderr, /^error: steps\[0\]\.retry\.max: must be ≥ 0$/m);
    assert.match(stderr, /^error: steps\[1\]/m);
  });

  test("run shows the steps on standard error and the output alone on standard output", async () => {
    const { code, stdout, stderr } = await cli(["run", "greet", "--param", "name=Ann"]);
    assert.equal(code, 0, stderr);
    assert.match(
      stderr,
      /^completed hash \d+ ms\ncompleted say \d+ ms\ncompleted: run [0-9a-f-]{36}\n$/,
    );
    assert.equal(JSON.parse(stdout).stdout, "hello Ann");
  });

  test("run --json prints the whole state and no progress; --params and --param add up", async () => {
    writeFileSync(join(daemon.home, "params.json"), '{"name": "Bob", "extra": 1}');
    const { code, stdout, stderr } = await cli([
      "run",
      "greet",
      "--params",
      "params.json",
      "--param",
      "name=Cid",
      "--json",
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    const state = JSON.parse(stdout);
    assert.deepEqual([state.status, state.output.stdout], ["completed", "hello Cid"]);
  });

  test("the line of a settled step comes within 200 ms, while the run goes on", async () => {
    const sleep = {
      type: "action",
      action: "shell.exec",
      params: { command: "sleep", args: ["0.5"] },
    };
    const steps = [{ id: "first", ...sleep }, { id: "second", ...sleep, depends_on: ["first"] }];
    await cli(["define", "-", "--name", "slow"], { input: JSON.stringify({ steps }) });
    let seen = 0;
    const { stderr } = await cli(["run", "slow"], {
      onStderr: (text) => {
        if (text.includes("completed first")) seen = Date.now();
      },
    });
    const id = /run ([0-9a-f-]{36})/.exec(stderr)![1]!;
    const run = JSON.parse((await cli(["status", id, "--json"])).stdout);
    const settled = Date.parse(run.steps.first.completed_at);
    assert(seen >= settled && seen - settled < 200, `seen ${seen - settled} ms after it settled`);
    assert(seen < Date.parse(run.completed_at), "seen before the run ended");
  });

  test("--no-wait prints the id; status finds the run and exits 0", async () => {
    const { code, stdout } = await cli(["run", "greet", "--param", "name=Dee", "--no-wait"]);
    assert.equal(code, 0);
    const status = await cli(["status", stdout.trim()]);
    assert.equal(status.code, 0);
    assert.match(status.stdout, /^template {5}greet v1$/m);
    const unknown = await cli(["status", "nothing"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^error: .*not found/);
  });

  test("a run that fails exits 1 with its error; retry and cancel are told", async () => {
    const steps = [{
      id: "no",
      type: "action",
      action: "workflow.fail",
      params: { reason: "because" },
    }];
    await cli(["define", "-", "--name", "fails"], { input: JSON.stringify({ steps }) });
    const { code, stderr } = await cli(["run", "fails"]);
    assert.equal(code, 1);
    assert.match(stderr, /^failed no .*because/m);
    const id = /failed: run ([0-9a-f-]{36})/.exec(stderr)![1]!;
    const retried = await cli(["signal", id, "retry", "--step", "no"]);
    assert.deepEqual(
      [retried.code, /^failed: run/m.test(retried.stderr)],
      [1, true],
      retried.stderr,
    );
    const cancelled = await cli(["signal", id, "cancel"]);
    assert.equal(cancelled.code, 1);
    assert.match(cancelled.stderr, /^error: /);
  });

  test("a cancelled run: the canceller exits 0, who waits for the run 1", async () => {
    const steps = [{
      id: "slow",
      type: "action",
      action: "shell.exec",
      params: { command: "sleep", args: ["30"] },
    }];
    await cli(["define", "-", "--name", "long"], { input: JSON.stringify({ steps }) });
    const waiting = cli(["run", "long", "--key", "one"]);
    const { stdout } = await cli(["run", "long", "--key", "one", "--no-wait"]);
    const cancelled = await cli(["signal", stdout.trim(), "cancel", "--reasoning", "enough"]);
    assert.equal(cancelled.code, 0, cancelled.stderr);
    const { code, stderr } = await waiting;
    assert.equal(code, 1);
    assert.match(stderr, /^cancelled: run/m);
  });

  test("query and templates list; filters are checked by the daemon", async () => {
    await cli(["run", "greet", "--param", "name=Eve", "--agent", "eve"]);
    const table = await cli(["query", "workflows", "--filter", "agent_id=eve"]);
    assert.match(
      table.stdout,
      /^ID +TEMPLATE_NAME +TEMPLATE_VERSION +STATUS +AGENT_ID +CREATED_AT\n\S+ +greet +v1 +completed +eve /,
    );
    const json = await cli(["query", "workflows", "--filter", "agent_id=eve", "--json"]);
    const { workflows } = JSON.parse(json.stdout);
    assert.equal(workflows.length, 1);
    const events = await cli(["query", "events", "--filter", `workflow_id=${workflows[0].id}`]);
    assert.match(events.stdout, /workflow_started/);
    assert.match((await cli(["templates"])).stdout, /^greet +v1 +cli /m);
    const wrong = await cli(["query", "workflows", "--filter", "agent=eve"]);
    assert.deepEqual([wrong.code, wrong.stdout], [1, ""]);
    assert.match(wrong.stderr, /^error: filter\.agent: .*agent_id/);
  });
});
