// The whole way of a person: define, run, look, signal, against a real daemon process.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { calledIn, cliCommand } from "../support/cli.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const GREET = {
  inputs: { name: "nobody" },
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
  let cli: KeptCli;
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    cli = keptCli(cleanup, { cwd: daemon.home, env: { OPCODE_HOME: daemon.home } });
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
    assert.match(nameless.stderr, /^error: standard input: holds no "name": add it or give --name/);
  });

  test("a failure that is ignored is called so while the run is followed, and afterwards", async () => {
    const check = { id: "check", action: "assert.equals", params: { expected: 1, actual: 2 } };
    const steps = [{ ...check, on_error: { strategy: "ignore" } }];
    const file = join(daemon.home, "ignores.json");
    writeFileSync(file, JSON.stringify({ name: "ignores", definition: { steps } }));
    assert.equal((await cli(["define", file])).code, 0);
    const ran = await cli(["run", "ignores"]);
    assert.match(ran.stdout + ran.stderr, /^ignored check \[ASSERTION_FAILED\]/m);
    const { stdout } = await cli(["status", "last"]);
    assert.match(stdout, /^check +skipped +\d+ +ignored: \[ASSERTION_FAILED\]/m);
  });

  test("define of what is stored already says that it is unchanged, also as a dry run", async () => {
    const again = await cli(["define", "greet.json"]);
    assert.deepEqual([again.code, again.stdout], [0, "greet v1 (unchanged)\n"], again.stderr);
    const json = JSON.parse((await cli(["define", "greet.json", "--json"])).stdout);
    assert.deepEqual(json, { name: "greet", version: "v1", unchanged: true });
    const dry = await cli(["define", "greet.json", "--dry-run"]);
    assert.match(dry.stdout, /^greet would stay v1; nothing is stored$/m);
    assert.match(dry.stdout, /^the same as v1$/m);
    const { stdout } = await cli(["templates", "greet", "--json"]);
    assert.equal(JSON.parse(stdout).templates.length, 1);
  });

  test("define --dry-run shows what would be stored, and exits 1 for faults", async () => {
    const dry = (steps: object[], ...more: string[]) =>
      cli(["define", "-", "--name", "greet", "--dry-run", ...more], {
        input: JSON.stringify({ ...GREET, steps }),
      });
    const [hash, say] = GREET.steps as [object, object];
    const timed = await dry([hash, { ...say, timeout: "1s" }, { ...hash, id: "again" }]);
    assert.deepEqual([timed.code, timed.stdout.split("\n")], [0, [
      "greet would be v2; nothing is stored",
      "level 1: again, hash",
      "level 2: say",
      "against v1:",
      "  + again",
      "  ~ say: timeout",
      '      timeout: (not there) → "1s"',
      "",
    ]], timed.stderr);
    const faulty = await dry([{ ...hash, action: "no.such" }, say]);
    assert.equal(faulty.code, 1);
    assert.match(faulty.stdout, /^greet is not valid; nothing is stored$/m);
    assert.match(faulty.stderr, /^error: steps\[0\]\.action: no action "no\.such" is registered$/m);
    const json = JSON.parse((await dry([hash, say], "--json")).stdout);
    assert.deepEqual([json.dry_run, json.version, json.diff.changed], [true, "v1", []]);
    const { stdout } = await cli(["templates", "greet", "--json"]);
    assert.equal(JSON.parse(stdout).templates.length, 1);
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
      /^started: run (\S{36})\ncompleted hash \d+ ms\ncompleted say \d+ ms\ncompleted: run \1\n$/,
    );
    assert.equal(JSON.parse(stdout).stdout, "hello Ann");
  });

  test("run --json prints the whole state and no progress; --params and --param add up", async () => {
    writeFileSync(join(daemon.home, "params.json"), '{"name": "Bob"}');
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

  test("run --from-run goes on from a step; what is kept is told, its parameters have types", async () => {
    const text = { type: "object", properties: { name: { type: "string" } } };
    const file = { name: "typed", definition: GREET, input_schema: text };
    await cli(["define", "-"], { input: JSON.stringify(file) });
    const source = await cli(["run", "typed", "--param", "name=1"]);
    const [, id] = /started: run (\S+)/.exec(source.stderr)!;
    const from = ["run", "--from-run", id!, "--from-step", "say"];
    const forked = await cli(from);
    assert.equal(forked.code, 0, forked.stderr);
    assert.match(forked.stderr, /^completed hash \d+ ms \(kept\)\ncompleted say \d+ ms$/m);
    assert.equal(JSON.parse(forked.stdout).stdout, "hello 1");
    const other = await cli([...from, "--param", "name=2"]);
    assert.equal(JSON.parse(other.stdout).stdout, "hello 2");
    const [, run] = /started: run (\S+)/.exec(other.stderr)!;
    const { stdout } = await cli(["status", run!]);
    assert.match(stdout, new RegExp(`^forked from {2}${id} say$`, "m"));
  });

  test("the line of a settled step comes at once, while the run goes on", async (t) => {
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
    t.diagnostic(`seen ${seen - settled} ms after it settled`);
    assert(seen >= settled);
    if (process.env.STRICT === "1") assert(seen - settled < 200);
    assert(seen < Date.parse(run.completed_at), "seen before the run ended");
  });

  test("--no-wait prints the id; status finds the run and exits 0", async () => {
    const { code, stdout } = await cli(["run", "greet", "--param", "name=Dee", "--no-wait"]);
    assert.equal(code, 0);
    const status = await cli(["status", stdout.trim()]);
    assert.equal(status.code, 0);
    assert.match(status.stdout, /^template {5}greet v1$/m);
    const unknown = await cli(["status", "nothing"]);
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /^error: "nothing" names no run: /);
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
    const chosen = await cli(["signal", id, "skip", "--step", "no", "--choice", "yes"]);
    assert.match(chosen.stderr, /^error: --choice: is only of a decision, not of skip/);
    const cancelled = await cli(["signal", id, "cancel"]);
    assert.equal(cancelled.code, 1);
    assert.match(cancelled.stderr, /^error: /);
  });

  test("a skip says what it has done, though the run fails of another step", async () => {
    const steps = ["one", "two"].map((id) => ({
      id,
      action: "assert.equals",
      params: { actual: id, expected: "three" },
    }));
    const reads = { id: "reads", action: "workflow.log", depends_on: ["one", "two"] };
    const all = [...steps, { ...reads, params: { message: "${{steps.one.output}}!" } }];
    await cli(["define", "-", "--name", "twice"], { input: JSON.stringify({ steps: all }) });
    const { stderr } = await cli(["run", "twice"]);
    const id = /failed: run ([0-9a-f-]{36})/.exec(stderr)![1]!;
    const skipped = await cli(["signal", id, "skip", "--step", "one"]);
    assert.equal(skipped.code, 1, "as any command whose run fails");
    assert.match(skipped.stderr, /^skipped: one$/m);
    assert.match(skipped.stderr, /^its output, which is null now, is read by: reads$/m);
    assert.match(skipped.stderr, /^failed: run/m);
    const cancel = await cli(["signal", id, "cancel", "--step", "two"]);
    assert.equal(cancel.code, 2);
    assert.match(cancel.stderr, /^error: --step: is not of cancel, which ends the whole run/);
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

  test("run takes --version, and says which versions there are", async () => {
    const { code, stderr } = await cli(["run", "greet", "--version", "v1", "--param", "name=V"]);
    assert.equal(code, 0, stderr);
    const wrong = await cli(["run", "greet", "--version", "v9"]);
    assert.equal(wrong.code, 2);
    assert.match(
      wrong.stderr,
      /^error: template "greet" v9 not found; the latest version is v\d+$/m,
    );
    const misspelt = await cli(["run", "gret"]);
    assert.match(
      misspelt.stderr,
      /^error: template "gret" not found; did you mean "greet"\? There are greet, /m,
    );
  });

  test("--param follows the type that the template asks for", async () => {
    const input_schema = {
      type: "object",
      properties: { text: { type: "string" }, n: { type: "integer" }, any: {} },
      required: ["text"],
    };
    const steps = [{
      id: "a",
      action: "assert.equals",
      params: {
        expected: ["5", 6, { b: 1 }],
        actual: ["${{inputs.text}}", "${{inputs.n}}", "${{inputs.any}}"],
      },
    }];
    const input = JSON.stringify({ name: "typed", input_schema, definition: { steps } });
    await cli(["define", "-"], { input });
    const params = ["--param", "text=5", "--param", "n=6", "--param", 'any={"b":1}'];
    const { code, stderr } = await cli(["run", "typed", ...params]);
    assert.equal(code, 0, stderr);
    const misspelt = await cli(["run", "typed", "--param", "txt=5"]);
    assert.equal(misspelt.code, 2);
    assert.equal(
      misspelt.stderr,
      'error: --param txt: typed has no such parameter (did you mean "text"?)\n',
    );
    const unchecked = await cli(["run", "typed"]);
    assert.equal(unchecked.code, 2);
    const needs = "error: typed needs --param text=… (string); ";
    const others = "--param n=… (integer), --param any=… can be given";
    assert.equal(unchecked.stderr, `${needs}${others}\n`);
    const both = await cli(["run", "typed", "--params", "-"], {
      input: '{"n": "six", "text": "a"}',
    });
    assert.match(
      both.stderr,
      /^typed takes --param text=… \(string, required\), --param n=… \(integer\), --param any=…$/m,
    );
    assert.match(both.stderr, /^error: params\.n: must be integer$/m);
    const wrong = await cli(["run", "typed", "--param", "n=six"]);
    assert.equal(wrong.code, 2);
    assert.equal(wrong.stderr, 'error: --param n: must be of type integer, got "six"\n');
    for (const more of [[], ["--json"], ["--params", "-"], ["--param", "n=1"]]) {
      const without = await cli(["run", "typed", ...more], { input: '{"n": "six"}' });
      assert.equal(without.code, 2, more.join(" "));
    }
  });

  test("--param keeps text that a number would change", async () => {
    const definition = {
      steps: [{
        id: "a",
        action: "assert.equals",
        params: {
          expected: ["1234e56", "1.10", 5],
          actual: ["${{inputs.sha}}", "${{inputs.v}}", "${{inputs.n}}"],
        },
      }],
    };
    await cli(["define", "-", "--name", "untyped"], { input: JSON.stringify(definition) });
    const params = ["--param", "sha=1234e56", "--param", "v=1.10", "--param", "n=5"];
    const { code, stderr } = await cli(["run", "untyped", ...params]);
    assert.equal(code, 0, stderr);
  });

  test("diagram draws a template, and a run with the states of its steps", async () => {
    const { code, stdout } = await cli(["diagram", "greet"]);
    assert.equal(code, 0);
    assert.match(stdout, /^graph TD\n/);
    const run = (await cli(["run", "greet", "--param", "name=Di", "--no-wait"])).stdout.trim();
    assert.match((await cli(["diagram", run])).stdout, /class .* /);
    const json = JSON.parse((await cli(["diagram", "greet", "--version", "1", "--json"])).stdout);
    assert.deepEqual([json.format, json.diagram], ["mermaid", stdout]);
    assert.equal((await cli(["diagram", "nothing"])).code, 2);
  });

  test("diagram -o writes the format that the file's name says", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "opcode-diagram-"));
    t.after(() => rm(folder, { recursive: true }));
    const starts = {
      "a.svg": "<svg",
      "a.png": "\x89PNG",
      "a.mmd": "graph TD",
      "a.md": "```mermaid\ngraph TD",
      "a.txt": "===",
    };
    for (const [name, start] of Object.entries(starts)) {
      const file = join(folder, name);
      const { code, stdout } = await cli(["diagram", "greet", "-o", file]);
      assert.deepEqual([code, stdout], [0, `written to ${file}\n`]);
      assert.ok((await readFile(file, "latin1")).startsWith(start), name);
    }
    assert.match((await cli(["diagram", "greet", "--format", "ascii"])).stdout, /^=== /);
    for (
      const args of [
        ["-o", join(folder, "a.gif")],
        ["-o", join(folder, "a.svg"), "--format", "image"],
        ["-o", join(folder, "no", "a.svg")],
        ["--format", "image"],
        ["--format", "pdf"],
      ]
    ) assert.equal((await cli(["diagram", "greet", ...args])).code, 2, args.join(" "));
  });

  test("a retry is told with its reason, number and delay; a failure once", async () => {
    const steps = [{
      id: "flaky",
      action: "shell.exec",
      params: { command: "/nonexistent" },
      retry: { max: 1, delay: "10ms" },
    }];
    await cli(["define", "-", "--name", "flaky"], { input: JSON.stringify({ steps }) });
    const { code, stderr } = await cli(["run", "flaky"]);
    assert.equal(code, 1);
    assert.match(stderr, /^retrying flaky .*nonexistent.* \(retry 1 of 1 in 10 ms\)$/m);
    assert.match(
      stderr,
      /^failed flaky \d+ ms .*nonexistent.*\nfailed: run \S+\nthe step again, once what failed outside/m,
    );
  });

  test("Ctrl-C leaves the run alone and says how to go on", async () => {
    const steps = [{
      id: "slow",
      action: "shell.exec",
      params: { command: "sleep", args: ["30"] },
    }];
    await cli(["define", "-", "--name", "left"], { input: JSON.stringify({ steps }) });
    const { code, stderr } = await cli(["run", "left"], {
      onStderr: (text, child) => void (text.startsWith("started") && child.kill("SIGINT")),
    });
    assert.equal(code, 130);
    const id = /^started: run (\S+)/.exec(stderr)![1]!;
    const [wait, show, end] = ["wait X", "status X", "signal X cancel"].map((words) =>
      `  ${calledIn(daemon.home)} ${words.replace("X", id.slice(0, 18))}\n`
    );
    assert.ok(
      stderr.endsWith(
        `run ${id} goes on; this follows it, this shows it, and this ends it:\n${wait}${show}${end}`,
      ),
    );
    assert.match((await cli(["status", id])).stdout, /^status +active$/m);
    await cli(["signal", id, "cancel"]);
  });

  test("actions explains every action, agents lists who was here, settings where values come from", async () => {
    const list = await cli(["actions"]);
    assert.match(list.stdout, /^crypto\.hash +\S/m);
    const one = await cli(["actions", "shell.exec"]);
    assert.match(one.stdout, /^command +string +required/m);
    const misspelt = await cli(["actions", "shel.exec"]);
    assert.match(
      misspelt.stderr,
      /^error: action "shel.exec" not found; did you mean "shell.exec"\? There are shell.exec, /m,
    );
    const { actions } = JSON.parse((await cli(["actions", "--json"])).stdout);
    for (const { name } of actions) {
      const { code, stderr } = await cli(["actions", name]);
      assert.deepEqual([code, stderr], [0, ""], name);
    }
    assert.match((await cli(["agents"])).stdout, /^cli +cli +human +20\S+ +20\S+ +\d+ +\d+ +0$/m);
    writeFileSync(join(daemon.home, "settings.json"), '{"pool_size": 7}');
    const settings = await cli(["settings"], {
      env: { OPCODE_AUTH_TOKEN: "hush", OPCODE_PANEL: "1" },
    });
    assert.match(settings.stdout, /^pool_size +7 +\/.*settings\.json$/m);
    assert.match(settings.stdout, /^panel +true +OPCODE_PANEL$/m);
    assert.match(settings.stdout, /^durability +full +default$/m);
    const flagged = await cli(["settings", "-pool-size=9", "--json"]);
    const pool = JSON.parse(flagged.stdout).settings.find((row: any) => row.name === "pool_size");
    assert.deepEqual([pool.value, pool.from], [9, "--pool-size"]);
    assert.match(settings.stdout, /^auth_token +\(set\) +OPCODE_AUTH_TOKEN$/m);
    assert.doesNotMatch(settings.stdout, /hush/);
  });

  test("logs prints what the daemon logged, also only of one run", async () => {
    const steps = [{
      id: "a",
      action: "workflow.log",
      params: { message: "hello log", level: "warn" },
    }];
    await cli(["define", "-", "--name", "logging"], { input: JSON.stringify({ steps }) });
    const id = (await cli(["run", "logging", "--json"])).stdout;
    const run = JSON.parse(id).workflow_id;
    const { code, stdout } = await cli(["logs", run, "--level", "warn"]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(`^\\d{4}-\\S+Z warn  hello log  workflow_id=${run}  step_id=a`),
    );
    assert.equal((await cli(["logs", run, "--since", "1h"])).stdout, stdout);
    assert.equal((await cli(["logs", run, "--since", "2999-01-01T00:00:00Z"])).stdout, "");
    const [line] = (await cli(["logs", run, "--json"])).stdout.split("\n");
    assert.equal(JSON.parse(line!).msg, "hello log");
    const wrong = await cli(["logs", "--level", "loud"]);
    assert.match(
      wrong.stderr,
      /^error: --level: must be one of debug, info, warn, error, got "loud"$/m,
    );
  });

  test("a run that fails is logged with whom and what it is about", async () => {
    const steps = [{ id: "no", action: "workflow.fail", params: { reason: "on purpose" } }];
    await cli(["define", "-", "--name", "logged"], { input: JSON.stringify({ steps }) });
    const ran = await cli(["run", "logged", "--agent", "ann", "--json"]);
    const { workflow_id } = JSON.parse(ran.stdout);
    const { stdout } = await cli(["logs", workflow_id, "--json"]);
    assert.equal((await cli(["logs", "--agent-id", "ann", "--json"])).stdout, stdout);
    const nobody = await cli(["logs", "--agent-id", "nobody"]);
    assert.equal(nobody.stdout, "");
    assert.match(
      nobody.stderr,
      /^no log lines that meet all of this\nthe daemon keeps the lines since its start; .*:\n {2}.* query events --filter workflow_id=RUN\n$/,
    );
    const { time: _, ...line } = JSON.parse(stdout);
    assert.deepEqual(line, {
      level: "warn",
      msg: "run failed",
      workflow_id,
      step_id: "no",
      agent_id: "ann",
      template: "logged",
      error: "[NON_RETRYABLE] on purpose",
    });
  });

  test("logs --follow prints lines as they come", async () => {
    const steps = [{ id: "a", action: "workflow.log", params: { message: "${{inputs.text}}" } }];
    await cli(["define", "-", "--name", "echo"], { input: JSON.stringify({ steps }) });
    const { command, args, env } = cliCommand(["logs", "--follow", "--limit", "1"], {
      OPCODE_HOME: daemon.home,
    });
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let seen = "";
    child.stdout.setEncoding("utf8").on("data", (text) => seen += text);
    const until = async (text: string) => {
      while (!seen.includes(text)) await once(child.stdout, "data");
    };
    await until("\n");
    for (const text of ["first of two", "second of two"]) {
      await cli(["run", "echo", "--param", `text=${text}`]);
      await until(text);
    }
    assert.equal(seen.split("first of two").length, 2);
    child.kill("SIGINT");
    await once(child, "close");
  });

  test("query and templates list; filters are checked by the daemon", async () => {
    await cli(["run", "greet", "--param", "name=Eve", "--agent", "eve"]);
    const table = await cli(["query", "workflows", "--filter", "agent_id=eve"]);
    assert.match(
      table.stdout,
      /^RUN +TEMPLATE +VERSION +STATUS +AGENT +CREATED\n\S+ +greet +v1 +completed +eve /,
    );
    const json = await cli(["query", "workflows", "--filter", "agent_id=eve", "--json"]);
    const { workflows } = JSON.parse(json.stdout);
    assert.equal(workflows.length, 1);
    const events = await cli(["query", "events", "--filter", `workflow_id=${workflows[0].id}`]);
    assert.match(events.stdout, /workflow_started/);
    await cli(["define", "greet.json", "--description", "greets"]);
    const latest = (await cli(["templates"])).stdout;
    assert.match(latest, /^greet +v2 +cli /m);
    assert.doesNotMatch(latest, /^greet +v1 /m);
    assert.match((await cli(["templates", "greet"])).stdout, /^greet +v2 .*\ngreet +v1 /m);
    assert.match((await cli(["templates", "--all"])).stdout, /^greet +v2 .*\ngreet +v1 /m);
    const misspelt = await cli(["templates", "gret"]);
    assert.match(
      misspelt.stderr,
      /^error: template "gret" not found; did you mean "greet"\? There are greet, /m,
    );
    const wrong = await cli(["query", "workflows", "--filter", "agent=eve"]);
    assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
    assert.match(wrong.stderr, /^error: --filter agent: .*agent_id/);
  });

  test("a run that waits says for what; its own commands answer it", async () => {
    const definition = {
      steps: [
        {
          id: "paths",
          type: "condition",
          config: {
            expression: "'the one'",
            branches: {
              "the one": [{
                id: "ask",
                type: "reasoning",
                config: {
                  prompt_context: "Which way?",
                  data_inject: { n: "${{inputs.n}}" },
                  options: [{ id: "go left", description: "the long way" }, { id: "right" }],
                  target_agent: "ann",
                  timeout: "1h",
                  fallback: "right",
                },
              }],
            },
          },
        },
        {
          id: "gate",
          type: "wait",
          depends_on: ["paths"],
          config: { signal: "it's open" },
        },
      ],
    };
    await cli(["define", "-", "--name", "ways"], { input: JSON.stringify(definition) });
    const ran = await cli(["run", "ways", "--param", "n=1"]);
    assert.equal(ran.code, 3, ran.stderr);
    const run = /^suspended: run (\S+)$/m.exec(ran.stderr)![1]!;
    const asked = JSON.parse((await cli(["status", run, "--json"])).stdout).pending_decisions[0];
    const signal = `${calledIn(daemon.home)} signal ${run.slice(0, 18)}`;
    const command = `${signal} decision --step 'paths.the one.ask'`;
    const waits = (until: string) =>
      `waits for a decision at paths.the one.ask: Which way?
  n = 1
  only by ann
  until ${until}, then: right
  go left: the long way
    ${command} --choice 'go left' --agent ann
  right
    ${command} --choice right --agent ann
`;
    const until = /^ {2}until (\S+),/m.exec(ran.stderr)![1]!;
    const follow = `this follows it to its end:\n  ${signal.replace(" signal ", " wait ")}\n`;
    assert.ok(ran.stderr.endsWith(waits(until) + follow), ran.stderr);
    const status = await cli(["status", run]);
    assert.match(status.stdout, /^paths +suspended\npaths\.the one\.ask +suspended\n/m);
    const instead = "go on without an answer, the step's output is null then:\n" +
      `  ${signal} skip --step 'paths.the one.ask'\nend the run:\n  ${signal} cancel\n`;
    assert.ok(status.stdout.endsWith(waits(until) + instead), status.stdout);
    const open = await cli(["query", "decisions", "--filter", "target_agent_id=ann"]);
    assert.match(open.stdout, new RegExp(`^${run} +paths.the one.ask +pending +ann +20`, "m"));

    const decide = (...more: string[]) =>
      cli(["signal", run, "decision", "--decision", asked.decision_id, ...more]);
    const foreign = await decide("--choice", "right");
    assert.deepEqual([foreign.code, foreign.stdout], [2, ""]);
    const wrong = await decide("--choice", "up", "--agent", "ann");
    assert.match(wrong.stderr, /^error: .*up/);
    const payload = ["--payload", '{"data": {"map": 7}}', "--reasoning", "nicer"];
    const made = await decide("--choice", "go left", "--agent", "ann", ...payload);
    assert.equal(made.code, 3, made.stderr);
    const data = `${signal} data --step gate --payload`;
    assert.equal(
      made.stderr.replace(/ \d+ ms$/gm, ""),
      `completed paths.the one.ask\ncompleted paths\nsuspended gate\nsuspended: run ${run}\nwaits for the signal it's open at gate:\n` +
        `  ${data} '{"signal":"it'\\''s open"}'\n${follow}`,
    );
    const missed = await cli(["signal", run, "data", "--payload", '{"signal": "opne"}']);
    assert.deepEqual([missed.code, missed.stdout], [3, ""]);
    assert.match(missed.stderr, /^met no wait: gate waits for the signal it's open$/m);
    const end = await cli(["signal", run, "data", "--payload", '{"signal": "it\'s open"}']);
    assert.equal(end.code, 0, end.stderr);
    const { steps } = JSON.parse((await cli(["status", run, "--json"])).stdout);
    assert.deepEqual(steps["paths.the one.ask"].output, {
      choice: "go left",
      reasoning: "nicer",
      data: { map: 7 },
      resolved_by: "ann",
    });
  });

  test("a thousand iterations are few lines, while they run and afterwards", async () => {
    const check = { id: "ok", action: "assert.equals", params: { actual: 1, expected: 1 } };
    const over = Array.from({ length: 1_000 }, (_, i) => i);
    const steps = [{ id: "each", type: "loop", config: { over, body: [check] } }];
    await cli(["define", "-", "--name", "many"], { input: JSON.stringify({ steps }) });
    const ran = await cli(["run", "many"]);
    assert.equal(ran.code, 0, ran.stderr);
    const lines = ran.stderr.split("\n");
    assert.match(lines[1]!, /^completed each\.iter_0\.ok \d+ ms$/);
    assert.equal(lines[6], "completed each.iter_*.ok … more such steps are not shown");
    assert.match(lines[7]!, /^completed each \d+ ms$/);
    const run = /^completed: run (\S+)$/m.exec(ran.stderr)![1]!;
    const status = await cli(["status", run]);
    assert.match(status.stdout, /^each\.iter_\*\.ok +1000 completed$/m);
    assert.doesNotMatch(status.stdout, /^each.iter_5/m);
  });
});
