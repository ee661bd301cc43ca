// What a person at a terminal is told of runs: which are under way, which need somebody, how one goes on.

import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { CALLED, runCli, typed } from "../support/cli.ts";
import { spawnWith, startRun } from "../support/cli-runs.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";
import { atTerminal, noTerminal } from "../support/terminal.ts";
import { until } from "../support/test-engine.ts";

const WORKFLOWS: Record<string, object[]> = {
  quick: [{ id: "a", action: "crypto.hash", params: { data: "${{inputs.text}}" } }],
  ask: [{
    id: "gate",
    type: "reasoning",
    config: { prompt_context: "Ship it?", options: [{ id: "yes" }, { id: "no" }] },
  }],
  pause: [{ id: "w", type: "wait", config: { signal: "go" } }],
  nap: [{ id: "w", type: "wait", config: { duration: "1h" } }],
  parent: [{ id: "c", action: "workflow.run", params: { template_name: "ask" } }],
  broken: [{
    id: "build",
    action: "shell.exec",
    params: {
      command: "sh",
      args: ["-c", "for i in $(seq 30); do echo line $i >&2; done; exit 3"],
      fail_on_error: true,
    },
  }],
  long: [{
    id: "each",
    type: "loop",
    config: {
      mode: "for_each",
      over: ". | [range(1200)]",
      body: [{
        id: "x",
        action: "jq.transform",
        params: { data: "${{inputs.text}}", filter: "." },
      }],
    },
  }],
  cut: [{
    id: "each",
    type: "loop",
    config: {
      over: [1, 2, 3],
      max_iter: 2,
      body: [{
        id: "x",
        action: "shell.exec",
        params: { command: "sh", args: ["-c", "head -c 1000000 /dev/zero | tr '\\0' x"] },
      }],
    },
  }, {
    id: "pick",
    type: "condition",
    depends_on: ["each"],
    config: { expression: "'dev'", branches: { prod: [{ id: "y", action: "crypto.uuid" }] } },
  }],
  large: [{
    id: "big",
    action: "shell.exec",
    params: { command: "sh", args: ["-c", "head -c 3000000 /dev/zero | tr '\\0' x"] },
  }, { id: "last", action: "crypto.uuid", depends_on: ["big"] }],
};

describe("runs at the terminal", () => {
  let daemon: SpawnedDaemon;
  const cleanup = suiteCleanup();
  let kept: KeptCli;
  const cli = (...args: string[]) => kept(args);
  const started = (name: string, ...more: string[]) => startRun(cli, name, ...more);
  before(async () => {
    daemon = await spawnWith(cleanup, WORKFLOWS);
    kept = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
  });

  test("a run is named by its id, a beginning that only it has, or as the last one", async () => {
    const first = await started("pause");
    const second = await started("pause");
    for (const [given, id] of [[first.slice(0, -1), first], ["last", second], [second, second]]) {
      const { stdout, stderr } = await cli("status", given!);
      assert.match(stdout, new RegExp(`^run +${id}$`, "m"), stderr);
    }
    assert.equal((await cli("logs", first.slice(0, -2))).code, 0);
    assert.match((await cli("diagram", "last")).stdout, /^(graph|flowchart)/m);
    for (const [given, id] of [["last", second], [first.slice(0, -1), first]] as const) {
      const { stdout } = await cli("query", "events", "--filter", `workflow_id=${given}`, "--json");
      const { events } = JSON.parse(stdout);
      assert.equal(events[0]?.workflow_id, id, given);
    }
    // Ids of one quarter of a year begin with the same six digits.
    const several = await cli("status", first.slice(0, 6));
    assert.equal(several.code, 2);
    assert.match(
      several.stderr,
      /^error: "\w{6}" is ambiguous: several runs have ids that begin so\n/,
    );
    assert.ok(several.stderr.includes(`\n  ${first}  pause  suspended\n`), several.stderr);
    assert.equal((await cli("signal", first.slice(0, -1), "cancel")).code, 0);
    assert.equal((await cli("signal", "last", "cancel")).code, 0);
  });

  test("a run that has failed at once says so beside its id, whoever waits or not", async () => {
    for (const words of [["run", "quick", "--no-wait"], ["rerun", "last", "--no-wait"]]) {
      const { code, stdout, stderr } = await cli(...words);
      const id = stdout.trim();
      assert.match(stdout, /^[0-9a-f-]{36}\n$/);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        new RegExp(`^failed: run ${id}\nerror: \\[STEP_FAILED\\] step a: `, "m"),
      );
    }
  });

  test("when a run begins that is put off is told wherever it is listed", async () => {
    const id = (await cli("run", "nap", "--delay", "24h")).stdout.trim();
    const begins = /begins\s+in 23h \(\S+Z\)/;
    for (const words of [["ps"], ["status", id], ["query", "workflows"]] as string[][]) {
      assert.match((await cli(...words)).stdout, begins, words.join(" "));
    }
    assert.match((await cli("query", "workflows")).stdout, /pending, begins in 23h/);
    await cli("signal", id, "cancel");
    assert.doesNotMatch((await cli("status", id)).stdout, begins);
  });

  test("data that meets no wait says so, and what would be met", async () => {
    const asked = await started("ask");
    const lost = await cli("signal", asked, "data", "--payload", '{"signal":"go"}');
    assert.match(lost.stderr, /^met no wait: no step waits for data.*waits for a decision/m);
    const waits = await started("pause");
    const slip = await cli("signal", waits, "data", "--payload", '{"signal":"gp"}');
    assert.match(slip.stderr, /^met no wait: no wait has the signal "gp"; did you mean "go"\?/m);
    for (const id of [asked, waits]) await cli("signal", id, "cancel");
  });

  const TAKE_A_RUN = (run: string) => [
    ["status", run],
    ["status", run, "--step", "a"],
    ["signal", run, "cancel"],
    ["logs", run],
    ["run", "--from-run", run, "--from-step", "a"],
    ["rerun", run],
    ["query", "events", "--filter", `workflow_id=${run}`],
  ];

  test("every command that takes a run says what names none, and what can be tried", async () => {
    const runs = [await started("pause"), await started("pause")];
    const ways =
      `  ${CALLED} ps  # the runs under way\n  ${CALLED} query workflows  # the newest of all\n`;
    for (const none of ["zzz", "ffff-", "f"]) {
      for (const args of TAKE_A_RUN(none)) {
        const { code, stderr } = await cli(...args);
        const neither = `error: "${none}" names no run: it is neither the id of one, nor the ` +
          `beginning of one, nor "last"\n`;
        assert.deepEqual([code, stderr], [2, neither + ways], args.join(" "));
      }
      const drawn = await cli("diagram", none);
      assert.equal(drawn.code, 2);
      assert.ok(drawn.stderr.startsWith(`error: "${none}" is neither a template nor a run: `));
      assert.ok(drawn.stderr.endsWith(ways), drawn.stderr);
    }
    for (const args of [...TAKE_A_RUN("01"), ["diagram", "0"]]) {
      const { code, stderr } = await cli(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^error: "01?" is ambiguous: several runs have ids that begin so\n/);
      for (const id of runs) assert.ok(stderr.includes(`\n  ${id}  pause`), stderr);
    }
    const template = await cli("status", "pause");
    assert.equal(template.code, 2);
    assert.ok(template.stderr.startsWith(
      'error: "pause" is a template, not a run; its runs:\n' +
        `  ${CALLED} query workflows --filter template_name=pause\n`,
    ));
    for (const id of runs) await cli("signal", id, "cancel");
  });

  test("rerun does a run again and shows it as run does; status says of which it is one", async () => {
    const first = await cli("run", "quick", "--param", "text=a");
    const id = /^started: run (\S+)/.exec(first.stderr)![1]!;
    const again = await cli("rerun", id);
    assert.deepEqual([again.code, again.stdout], [0, first.stdout], again.stderr);
    const other = /^started: run (\S+)/.exec(again.stderr)![1]!;
    assert.notEqual(other, id);
    const { stdout: told } = await cli("status", other);
    assert.match(told, new RegExp(`^rerun of     ${id}$`, "m"));
    const keyed = await cli("rerun", id, "--no-wait", "--key", "k");
    assert.match(keyed.stdout, /^[0-9a-f-]{36}\n$/);
    const same = await cli("rerun", id, "--no-wait", "--key", "k", "--json");
    const { workflow_id, replayed } = JSON.parse(same.stdout);
    assert.deepEqual([workflow_id, replayed], [keyed.stdout.trim(), true]);
  });

  test("a decision is answered by its step, by nothing where it is the only one, and a slip is told", async () => {
    const id = await started("ask");
    const { decision_id } = JSON.parse((await cli("status", id, "--json")).stdout)
      .pending_decisions[0];
    const slip = await cli("signal", id, "decision", "--decision", "gate", "--choice", "yes");
    assert.deepEqual([slip.code, slip.stderr], [
      2,
      'error: --decision: no pending decision "gate" in this workflow; that is the id of a step, ' +
      `which --step names; open decisions: step "gate" (--decision "${decision_id}")\n`,
    ]);
    const other = await cli("signal", id, "decision", "--decision", "zzz", "--choice", "yes");
    assert.match(
      other.stderr,
      /"zzz" in this workflow; open decisions: step "gate" \(--decision "/,
    );
    const bare = await cli("signal", id, "decision", "--choice", "yes");
    assert.equal(bare.code, 0, bare.stderr);
    const named = await started("ask");
    assert.equal(
      (await cli("signal", named, "decision", "--step", "gate", "--choice", "yes")).code,
      0,
    );
    for (const page of ["signal", "help signal"]) {
      const { stdout } = await cli(...page.split(" "), ...(page === "signal" ? ["--help"] : []));
      assert.match(stdout, /Examples:\n.* decision --choice yes\n.* decision --step gate --choice/);
    }
  });

  test("an answer without a step is never that of a second question", async () => {
    const gate = (id: string, after: string[]) => ({
      id,
      type: "reasoning",
      depends_on: after,
      config: { prompt_context: `${id}?`, options: [{ id: "yes" }] },
    });
    const input = JSON.stringify({ steps: [gate("one", []), gate("two", ["one"])] });
    await runCli(["define", "-", "--name", "twice"], { env: { OPCODE_HOME: daemon.home }, input });
    const id = await started("twice");
    const answer = () => cli("signal", id, "decision", "--choice", "yes");
    assert.equal((await answer()).code, 3);
    const { code, stderr } = await answer();
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^error: --step: is required for a decision, or --decision; open decisions: step "two" \(/,
    );
    await cli("signal", id, "cancel");
  });

  test("--from-step, --version and names of templates: the flag, the bad value, and what there is", async () => {
    const id = await started("broken");
    await cli("status", id);
    const fork = await cli("run", "--from-run", id, "--from-step", "buidl");
    assert.match(
      fork.stderr,
      /^error: --from-step: "buidl" is not a top-level step of "broken" v1; did you mean "build"\?$/m,
    );
    for (
      const args of [["run", "qiuck"], ["templates", "qiuck"], ["run", "qiuck", "--param", "a=1"]]
    ) {
      const { stderr } = await cli(...args);
      assert.match(
        stderr,
        /^error: template "qiuck" not found; did you mean "quick"\? There are quick, /m,
        args.join(" "),
      );
      assert.match(stderr, / and \d+ more$/m);
    }
    const version = await cli("run", "quick", "--version", "v9");
    assert.match(
      version.stderr,
      /^error: template "quick" v9 not found; the latest version is v1$/m,
    );
  });

  test("the example of an action is JSON that can be pasted", async () => {
    const { stdout } = await cli("actions", "shell.exec");
    const example = stdout.slice(stdout.indexOf("\nexample\n") + "\nexample\n".length);
    assert.equal(JSON.parse(example).action, "shell.exec");
    assert.match(
      example,
      /^\{\n {2}"id": "exec",\n {2}"action": "shell\.exec",\n {2}"params": \{\n/,
    );
  });

  test("last is no run that a step has started", async () => {
    const parent = await started("parent");
    const { stdout } = await cli("status", "last");
    assert.match(stdout, new RegExp(`^run +${parent}$`, "m"));
    await cli("signal", "last", "cancel");
  });

  test("ps lists what has not ended, and nothing else", async () => {
    const done = await started("quick", "--param", "text=x");
    const open = await started("nap");
    const { code, stdout } = await cli("ps");
    assert.equal(code, 0);
    assert.match(stdout, /^RUN +TEMPLATE +STATUS +AGENT +STARTED$/m);
    assert.match(stdout, new RegExp(`^${open}  nap v1 +suspended +cli +\\d{4}-`, "m"));
    assert.doesNotMatch(stdout, new RegExp(done));
    const { runs } = JSON.parse((await cli("ps", "--json")).stdout);
    assert.ok(runs.some(({ id }: { id: string }) => id === open));
    await cli("signal", open, "cancel");
  });

  test("status without a run tells which runs need somebody, with the commands; timers need nobody", async () => {
    const ask = await started("ask");
    const pause = await started("pause");
    const nap = await started("nap");
    const parent = await started("parent");
    const { code, stdout } = await cli("status");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^run ${ask}  ask v1, by cli, \\d{4}-`, "m"));
    assert.match(
      stdout,
      new RegExp(`^ +${CALLED} signal ${ask.slice(0, 18)} decision --step gate --choice yes$`, "m"),
    );
    assert.match(
      stdout,
      new RegExp(`^ +${CALLED} signal ${pause.slice(0, 18)} data --step w --payload`, "m"),
    );
    for (const id of [nap, parent]) assert.doesNotMatch(stdout, new RegExp(`^run ${id}`, "m"));
    const { runs } = JSON.parse((await cli("status", "--json")).stdout);
    assert.equal(runs.length, 3, "the child of the parent asks too");
    for (const id of [ask, pause, nap, parent]) await cli("signal", id, "cancel");
    const failing = async () =>
      JSON.parse((await cli("status", "--json")).stdout).failed_last_day as number;
    const before = await failing();
    assert.equal((await cli("run", "broken")).code, 1);
    assert.equal(await failing(), before + 1);
    const { stdout: none, stderr: counted } = await cli("status");
    assert.equal(none, "no run waits for anybody\n");
    const [, number, command] = /^(\d+) runs? of the last 24 hours failed:\n +(.*)\n$/.exec(
      counted,
    )!;
    assert.equal(Number(number), before + 1);
    const listed = await cli(...typed(command!), "--json");
    assert.equal(JSON.parse(listed.stdout).workflows.length, before + 1, listed.stderr);
  });

  test("status shows the inputs, and --step a whole output, however large", async () => {
    const id = await started("quick", "--param", "text=hello");
    assert.match((await cli("status", id)).stdout, /^inputs +\{"text":"hello"\}$/m);
    const large = await started("large");
    assert.equal((await cli("wait", large)).code, 0);
    await cli("run", "quick", "--param", "text=x");
    const { stdout, stderr } = await cli("status", large, "--step", "big", "--json");
    const step = JSON.parse(stdout);
    assert.equal(step.output?.stdout.length, 3_000_000, stderr);
    assert.match((await cli("status", large, "--step", "last")).stdout, /^step +last$/m);
    const unknown = await cli("status", large, "--step", "bug");
    assert.deepEqual([unknown.code, unknown.stderr], [
      2,
      'error: --step bug: the run has no such step; did you mean "big"? There are big, last\n',
    ]);
  });

  test("what max_iter has cut and which condition took no branch is told as it goes, and in the end", async () => {
    const cut = "stopped by max_iter after 2 iterations, more was to do";
    const none = "no branch was taken, there is none for dev";
    const { code, stderr } = await cli("run", "cut");
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`^completed each \\d+ ms \\(${cut}\\)$`, "m"));
    assert.match(stderr, new RegExp(`^completed pick \\d+ ms \\(${none}\\)$`, "m"));
    const [, end] = stderr.split("completed: run ");
    assert.match(end!, new RegExp(`^each: ${cut}\npick: ${none}$`, "m"));
    const { stdout } = await cli("status", "last");
    assert.match(stdout, new RegExp(`^each +completed .*${cut}: `, "m"));
    assert.match(stdout, new RegExp(`^pick +completed .*${none}: `, "m"));
    const one = await cli("status", "last", "--step", "each");
    assert.match(one.stdout, new RegExp(`^note +${cut}$`, "m"));
    const picture = (await cli("diagram", "last")).stdout;
    const y = /(n\d+)\["y /.exec(picture)![1];
    assert.match(picture, new RegExp(`class ${y} skipped`));
  });

  test("--step finds an output that lies after more events than a page has", async () => {
    const { code, stderr } = await cli("run", "long", "--param", `text=${"x".repeat(1_000)}`);
    assert.equal(code, 0, stderr);
    const step = JSON.parse((await cli("status", "last", "--step", "each", "--json")).stdout);
    assert.equal(step.output?.results.length, 1_200);
    assert.equal(step.output_size, undefined);
  });

  test("a failed run says how it can go on, and what its program said last", async () => {
    const { code, stderr } = await cli("run", "broken");
    assert.equal(code, 1);
    const id = /started: run (\S+)/.exec(stderr)![1]!;
    const retry = `  ${CALLED} signal ${id.slice(0, 18)} retry --step build\n`;
    const skip = `  ${CALLED} signal ${id.slice(0, 18)} skip --step build\n`;
    const fork = `  ${CALLED} run --from-run ${id.slice(0, 18)} --from-step build\n`;
    for (const text of [stderr, (await cli("status", id)).stdout]) {
      for (const line of [retry, skip, fork]) assert.ok(text.includes(line), text);
    }
    const { stdout } = await cli("status", id);
    assert.match(stdout, /^standard error of build, its end\n {2}line 21\n/m);
    assert.match(stdout, /^ {2}line 30\n/m);
    assert.doesNotMatch(stdout, /line 20$/m);
    // The lines are to be typed as they are.
    const again = await cli(...typed(retry));
    assert.equal(again.code, 1);
    assert.ok(again.stderr.includes(retry), again.stderr);
    assert.equal((await cli(...typed(fork))).code, 1);
    assert.equal((await cli(...typed(skip))).code, 0);
  });

  test("signal shows the steps that it lets go on as run does, and how the run ends", async () => {
    const steps = [
      { id: "w", type: "wait", config: { signal: "go" } },
      { id: "a", action: "crypto.uuid", depends_on: ["w"] },
      { id: "b", action: "workflow.fail", params: { reason: "no" }, depends_on: ["a"] },
    ];
    const input = JSON.stringify({ steps });
    const env = { OPCODE_HOME: daemon.home };
    await runCli(["define", "-", "--name", "goes-on", "--json"], { env, input });
    const id = await started("goes-on");
    const { code, stderr } = await cli("signal", id, "data", "--step", "w");
    assert.equal(code, 1);
    assert.match(stderr, /^completed w \d+ ms\ncompleted a \d+ ms\nfailed b .*no\nfailed: run /m);
    assert.doesNotMatch(stderr, /suspended/);
    const cancelled = await started("pause");
    const cancel = await cli("signal", cancelled, "cancel");
    assert.deepEqual([cancel.code, cancel.stderr], [
      0,
      `skipped w (workflow cancelled)\ncancelled: run ${cancelled}\n`,
    ]);
  });

  test("logs of a run that never was are an error", async () => {
    const id = "01a1fca2-57eb-7067-879b-1969a568925a";
    const { code, stdout, stderr } = await cli("logs", id);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.ok(stderr.startsWith(`error: workflow "${id}" not found\n  ${CALLED} ps  #`), stderr);
  });

  test("query takes a time as logs do", async () => {
    const { code, stderr } = await cli("query", "workflows", "--filter", "since=10m");
    assert.equal(code, 0, stderr);
    const wrong = await cli("query", "workflows", "--filter", "since=yesterday");
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /^error: --filter since: must be a time such as .* or how long ago/);
  });

  test("on a terminal times are local", { skip: noTerminal }, async (t) => {
    const id = await started("nap");
    const { runs } = JSON.parse((await cli("ps", "--json")).stdout);
    const at = new Date(runs.find((run: { id: string }) => run.id === id).started_at);
    const hour = String((at.getUTCHours() + 5) % 24).padStart(2, "0");
    const terminal = atTerminal(t, ["status", id], { OPCODE_HOME: daemon.home, TZ: "UTC-5" });
    await terminal.sees(id);
    await terminal.sees("created");
    await terminal.sees(`${hour}:${String(at.getUTCMinutes()).padStart(2, "0")}:`);
    assert.equal(await terminal.ends(), 0);
    assert.match((await cli("status", id)).stdout, /^created +\d{4}-\d\d-\d\dT.*Z$/m);
    await cli("signal", id, "cancel");
  });
});

test("stop ends the daemon of the data directory and waits for it; without one there is nothing to do", async (t) => {
  const daemon = await spawnDaemon(t);
  const env = { OPCODE_HOME: daemon.home };
  const { code, stdout } = await runCli(["stop"], { env });
  assert.equal(code, 0);
  assert.equal(stdout, `stopped the daemon of ${daemon.home} (process ${daemon.pid})\n`);
  assert.equal(daemon.child.exitCode, 0);
  assert.ok(!existsSync(join(daemon.home, "daemon.json")));
  const again = await runCli(["stop", "--json"], { env });
  assert.deepEqual([again.code, JSON.parse(again.stdout)], [
    0,
    { stopped: false, home: daemon.home },
  ]);
});

test("stop waits for a stop that is under way, and does not force it", async (t) => {
  const { daemon, client, stop } = await followed(t, "until [ -e go ]; do sleep 0.05; done");
  const first = stop();
  await until(() => delay(5, daemon.log().includes('"msg":"stopping"')), "the stop");
  // A signal that came sooner would be taken for the same request.
  await delay(600);
  const going = Promise.withResolvers<void>();
  const second = runCli(["stop"], {
    env: { OPCODE_HOME: daemon.home },
    onStderr: (text) => text.includes("stopping the daemon of") && going.resolve(),
  });
  // The program has its time until the second one has found the daemon, or its end; on a machine on which
  // that takes longer than a daemon gives its steps, it finds the end.
  await Promise.race([going.promise, second, delay(4_000)]);
  writeFileSync(join(daemon.home, "go"), "");
  const [one, two] = await Promise.all([second, first]);
  assert.deepEqual([one.code, two.code], [0, 0], one.stderr + two.stderr);
  assert.equal(daemon.child.exitCode, 0, daemon.log());
  await client;
});

test("stop of a daemon that answers no more, and then goes, is done", async (t) => {
  const daemon = await spawnDaemon(t);
  const env = { OPCODE_HOME: daemon.home };
  // As in the last moments of a stop: the process is there, and its door is not.
  const file = join(daemon.home, "daemon.json");
  const text = readFileSync(file, "utf8");
  await daemon.kill();
  writeFileSync(file, JSON.stringify({ ...JSON.parse(text), pid: process.pid }));
  const stopped = runCli(["stop"], { env });
  const gone = setTimeout(() => rmSync(file), 700);
  t.after(() => clearTimeout(gone));
  const { code, stdout, stderr } = await stopped;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /has ended$|^no daemon runs/m);
});

/** A run of one program, followed at the command line until the program has begun. */
async function followed(t: TestContext, script: string) {
  const daemon = await spawnDaemon(t);
  const { home } = daemon;
  const begun = join(home, "begun");
  const params = {
    workdir: home,
    fail_on_error: true,
    command: "sh",
    args: ["-c", `: > begun; ${script}`],
  };
  const definition = { steps: [{ id: "a", action: "shell.exec", params, timeout: "1h" }] };
  const define = { name: "slow", agent_id: "x", definition };
  await rest(daemon.url, "POST", "/api/v1/templates", define);
  const client = runCli(["run", "slow"], { env: { OPCODE_HOME: home } });
  await until(() => delay(5, existsSync(begun)), "the program");
  return { daemon, client, stop: () => runCli(["stop"], { env: { OPCODE_HOME: home } }) };
}

test("a run that ends while the daemon stops is told with its end", async (t) => {
  for (const [exit, rc, end] of [[0, 0, "completed"], [3, 1, "failed"]] as const) {
    const script = `until [ -e go ]; do sleep 0.05; done; echo done; exit ${exit}`;
    const { daemon, client, stop } = await followed(t, script);
    const stopped = stop();
    await until(() => delay(5, daemon.log().includes('"msg":"stopping"')), "the stop");
    writeFileSync(join(daemon.home, "go"), "");
    const { code, stdout, stderr } = await client;
    assert.equal(code, rc, stderr);
    if (rc === 0) assert.equal(JSON.parse(stdout).stdout, "done\n");
    assert.match(stderr, new RegExp(`^${end}: run `, "m"));
    assert.doesNotMatch(stderr, /has stopped/);
    assert.equal((await stopped).code, 0);
  }
});

test("a step that a stop cuts short: the follower is told, and whoever stopped how many", async (t) => {
  const { client, stop } = await followed(t, "sleep 60");
  const { code, stderr } = await stop();
  assert.equal(code, 0, stderr);
  const lines = stderr.split("\n");
  assert.match(lines[0]!, /^stopping the daemon of .*: steps under way have 8 s to end$/);
  assert.match(lines[1]!, /^1 run was interrupted and waits for an answer; after the next start/);
  const told = await client;
  assert.doesNotMatch(told.stderr, /end it before/);
  assert.match(told.stderr, /told to end with its daemon, and is killed|runs no more|has stopped/);
});

test("stop signals nobody but the daemon that proves itself", async (t) => {
  const daemon = await spawnDaemon(t);
  const named = await runCli(["stop", "--url", daemon.url], { env: { OPCODE_HOME: tempHome(t) } });
  assert.equal(named.code, 2);
  await daemon.kill();
  const file = join(daemon.home, "daemon.json");
  const ours = { ...JSON.parse(readFileSync(file, "utf8")), pid: process.pid };
  writeFileSync(file, JSON.stringify(ours));
  const { code, stderr } = await runCli(["stop"], { env: { OPCODE_HOME: daemon.home } });
  assert.equal(code, 4);
  assert.match(stderr, new RegExp(`^error: process ${process.pid} does not answer as the daemon`));
});
