// Whether every table fits a terminal of 80 columns and shows local times, and is whole in a pipe.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { atTerminal, noTerminal, screenOf, shellAtTerminal } from "../support/terminal.ts";

const WIDTH = 80;
const long = (name: string) => `${name}-${"x".repeat(100)}`;
const [TEMPLATE, AGENT, STEP, TARGET, SECRET] = ["tem", "age", "ste", "tar", "SEC"].map(long);
/** Half an hour off: no clock shows the same there and in UTC. */
const TZ = "Asia/Kolkata";

describe("tables", { skip: noTerminal }, () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let run: string;

  before(async () => {
    daemon = await spawnDaemon(cleanup, { env: { OPCODE_VAULT_KEY: "a long passphrase" } });
    await defineTemplate(daemon.url, TEMPLATE!, [{
      id: STEP,
      type: "reasoning",
      config: {
        prompt_context: "go on?",
        options: [{ id: "yes" }],
        target_agent: TARGET,
        timeout: "1h",
      },
    }]);
    const started = await rest(daemon.url, "POST", "/api/v1/runs", {
      template_name: TEMPLATE!,
      agent_id: AGENT!,
    });
    run = started.body.workflow_id;
    assert.ok(run, JSON.stringify(started.body));
    await rest(daemon.url, "PUT", `/api/v1/secrets/${SECRET}`, { value: "v4lue" });
  });

  const env = () => ({
    OPCODE_HOME: daemon.home,
    TZ,
    OPCODE_LISTEN_ADDR: "x".repeat(10) + ":1",
    // Beyond loopback a start needs one.
    OPCODE_AUTH_TOKEN: "t".repeat(40),
  });

  async function shown(args: string[]): Promise<string[]> {
    const terminal = atTerminal(cleanup, args, env());
    assert.equal(await terminal.ends(), 0, terminal.shown);
    return screenOf(terminal.shown);
  }

  const TABLES: [args: string[], cut: string[]][] = [
    [["query", "workflows"], ["run", TEMPLATE!, AGENT!]],
    [["query", "events", "--filter", "workflow_id=RUN"], ["run", STEP!]],
    [["query", "templates"], [TEMPLATE!]],
    [["query", "decisions"], ["run", STEP!, TARGET!]],
    [["query", "actions"], []],
    [["templates"], [TEMPLATE!]],
    [["templates", TEMPLATE!], [TEMPLATE!]],
    [["ps"], ["run", TEMPLATE!, AGENT!]],
    [["agents"], [AGENT!]],
    [["secret", "list"], [SECRET!]],
    [["actions"], []],
    [["settings"], []],
  ];
  for (const [words, names] of TABLES) {
    test(`opcode ${words.slice(0, 2).join(" ").slice(0, 30)}`, async () => {
      const args = words.map((word) => word.replace("RUN", run));
      // A command that is to be typed again is never cut.
      const lines = (await shown(args)).filter((line) => !line.includes(" --decision "));
      const rest = lines.filter((line) => line.length > WIDTH);
      assert.deepEqual(rest, [], "lines that are too long");
      const piped = await runCli(args, { env: env() });
      for (const name of names.map((one) => one === "run" ? run : one)) {
        const cut = lines.find((line) => line.includes(name.slice(0, 7)));
        assert.ok(cut?.includes("…"), `${name} is not cut in ${lines.join("\n")}`);
        assert.ok(!lines.join("\n").includes(name));
        assert.ok(piped.stdout.includes(name), `${name} is not whole in ${piped.stdout}`);
      }
      const times = piped.stdout.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g) ?? [];
      assert.equal(times.length > 0, names.length > 0, piped.stdout);
      const local = new Intl.DateTimeFormat("en-GB", { timeZone: TZ, timeStyle: "medium" });
      for (const time of times) {
        const clock = local.format(new Date(time));
        assert.ok(lines.some((line) => line.includes(clock)), `${clock} in ${lines.join("\n")}`);
        assert.ok(!lines.join("\n").includes(time), `${time} is not local`);
      }
    });
  }

  test("opcode status RUN, its facts and its table; what it waits for has local times", async () => {
    const lines = await shown(["status", run]);
    const head = lines.findIndex((line) => line.startsWith("STEP"));
    const rows = lines.slice(head, lines.indexOf("", head));
    assert.equal(rows.length, 2, lines.join("\n"));
    for (const row of rows) assert.ok(row.length <= WIDTH, row);
    assert.ok(rows[1]!.includes("…"));
    assert.ok(!/T\d\d:\d\d:\d\d/.test(lines.join("\n")), lines.join("\n"));
    assert.ok((await runCli(["status", run], { env: env() })).stdout.includes(STEP!));
  });

  for (const columns of [80, 120]) {
    test(`at ${columns} columns a status fits, cuts values whole, says how to see all, and what is kept`, async () => {
      const digits = { command: "seq", args: ["-s,", "400"] };
      await defineTemplate(daemon.url, `wide-${columns}`, [
        { id: "count", action: "shell.exec", params: digits },
        {
          id: "ask",
          type: "reasoning",
          config: { prompt_context: "go?", options: [{ id: "yes" }] },
        },
        {
          id: "gate",
          type: "wait",
          config: { signal: "go", signals: "keep" },
          depends_on: ["ask"],
        },
        {
          id: "fail",
          action: "workflow.fail",
          params: { reason: "no" },
          depends_on: ["gate"],
        },
      ]);
      const { body } = await rest(daemon.url, "POST", "/api/v1/runs", {
        template_name: `wide-${columns}`,
        agent_id: "cli",
        wait_ms: 10_000,
      });
      const id: string = body.workflow_id;
      const signal = { signal_type: "data", agent_id: "cli", payload: { signal: "go" } };
      await rest(daemon.url, "POST", `/api/v1/runs/${id}/signal`, signal);
      const bin = fileURLToPath(new URL("../../bin", import.meta.url));
      const at = (words: string) =>
        shellAtTerminal(
          cleanup,
          `stty cols ${columns}; exec ${process.execPath} opcode.mjs ${words}`,
          {
            env: env(),
            cwd: bin,
          },
        );
      const screen = async (words: string) => {
        const terminal = at(words);
        await terminal.ends();
        return screenOf(terminal.shown);
      };
      const lines = await screen(`status ${id}`);
      const all = lines.join("\n");
      for (const line of lines) assert.ok(line.length <= Math.min(columns, 100), line);
      assert.match(all, /^count +completed +\d+ +\{.*[,:[{ ]…$/m);
      assert.match(all, /^what ends with … is whole in:\n {2}.* status \S{18} --step ID$/m);
      assert.match(all, /^keeps the signal go until a wait takes it$/m);
      assert.match(all, / opcode\.mjs signal \S{18} decision --step ask --choice yes$/m);
      const ended = await screen(`signal ${id.slice(0, 18)} decision --choice yes`);
      for (const line of ended) assert.ok(line.length <= Math.min(columns, 100), line);
      assert.match(ended.join("\n"), / opcode\.mjs signal \S{18} skip --step fail$/m);
    });
  }

  test("an id that was cut names its run, with the ellipsis as well", async () => {
    const [, row] = await shown(["ps"]);
    const id = /^\S+…/.exec(row!)![0];
    assert.equal((await shown(["status", id])).find((line) => line.includes(run))?.length, 49);
  });

  test("opcode logs has local times at a terminal, and moments in a pipe", async () => {
    const { stdout } = await runCli(["logs", "--limit", "1"], { env: env() });
    const time = /^\d{4}-\S+Z/.exec(stdout)![0];
    const clock = new Intl.DateTimeFormat("en-GB", { timeZone: TZ, timeStyle: "medium" })
      .format(new Date(time));
    assert.ok((await shown(["logs"])).some((line) => line.includes(clock)));
  });
});
