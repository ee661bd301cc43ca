// Whether one can act upon what a list shows, and is told why one is empty.

import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { CALLED } from "../support/cli.ts";
import { spawnDaemon, type SpawnedDaemon, suiteCleanup } from "../support/daemon.ts";
import { defineTemplate, rest } from "../support/http.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const lines = (text: string) => text.trimEnd().split("\n");

describe("lists of a daemon that has done nothing", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let cli: KeptCli;
  before(async () => {
    daemon = await spawnDaemon(cleanup, { env: { OPCODE_VAULT_KEY: "a long passphrase" } });
    cli = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
  });

  const EMPTY: [args: string[], told: string[]][] = [
    [["query", "workflows"], [`no runs yet; one starts with: ${CALLED} run NAME`]],
    [["query", "templates"], [`no templates yet; one is stored by: ${CALLED} define FILE`]],
    [["templates"], [`no templates yet; one is stored by: ${CALLED} define FILE`]],
    [["query", "decisions"], ["no decisions yet: no run has asked for one"]],
    [["agents"], ["no agents yet: none has defined or run anything"]],
    [["ps"], ["no run is under way"]],
    [["status"], ["no run needs anybody"]],
    [["secret", "list"], [`no secrets yet; one is stored by: ${CALLED} secret set NAME`]],
    [["query", "workflows", "--filter", "status=failed"], [
      `no runs yet; one starts with: ${CALLED} run NAME`,
    ]],
  ];
  for (const [args, told] of EMPTY) {
    test(`opcode ${args.join(" ")} says that there is nothing, and no heading`, async () => {
      const { code, stdout, stderr } = await cli(args);
      assert.deepEqual([code, lines(stdout)], [0, told], stderr);
    });
  }

  test("--json has an empty list all the same", async () => {
    const { stdout } = await cli(["query", "workflows", "--json"]);
    assert.deepEqual(JSON.parse(stdout), { workflows: [] });
  });
});

describe("lists", () => {
  const cleanup = suiteCleanup();
  let daemon: SpawnedDaemon;
  let cli: KeptCli;
  let asking: string;
  let failed: string;
  before(async () => {
    daemon = await spawnDaemon(cleanup);
    cli = keptCli(cleanup, { env: { OPCODE_HOME: daemon.home } });
    const { url } = daemon;
    await defineTemplate(url, "asks", [{
      id: "ask",
      type: "reasoning",
      config: {
        prompt_context: "Deploy 1.2.3?\nAll is green.",
        options: [{ id: "yes", description: "go" }, { id: "no" }],
        target_agent: "boss",
        timeout: "1h",
      },
    }]);
    await defineTemplate(url, "fails", [{
      id: "a",
      action: "fs.read",
      params: { path: "${{inputs.path}}" },
    }]);
    await rest(url, "POST", "/api/v1/templates", {
      name: "typed",
      agent_id: "t",
      input_schema: {
        type: "object",
        properties: { path: { type: "string" }, n: { type: "integer" } },
        required: ["path"],
      },
      definition: { steps: [{ id: "a", action: "fs.read", params: { path: "${{inputs.path}}" } }] },
    });
    const start = async (template_name: string, params = {}) =>
      (await rest(url, "POST", "/api/v1/runs", {
        template_name,
        agent_id: "t",
        params,
        wait_ms: 10_000,
      })).body.workflow_id;
    asking = await start("asks");
    failed = await start("fails", { path: "/no/such/file" });
  });
  const rows = async (args: string[]) => lines((await cli(args)).stdout);

  test("decisions show question, options and how each is answered; the command works", async () => {
    const { stdout, stderr } = await cli(["query", "decisions"]);
    const [head, row] = lines(stdout);
    assert.match(head!, /^RUN +STEP +STATUS +FOR +UNTIL +QUESTION$/);
    assert.match(row!, new RegExp(`^${asking} +ask +pending +boss +\\S+Z +Deploy 1.2.3\\? `));
    assert.match(row!, /\[yes, no\]/);
    const [title, ...commands] = lines(stderr);
    assert.equal(title, "to answer ask:");
    const { body } = await rest(daemon.url, "GET", "/api/v1/decisions");
    const id = body.decisions[0].decision_id;
    assert.deepEqual(
      commands,
      ["yes", "no"].map((choice) =>
        `  ${CALLED} signal ${
          asking.slice(0, 18)
        } decision --decision ${id} --choice ${choice} --agent boss`
      ),
    );
    const answered = await cli(commands[0]!.trim().slice(CALLED.length + 1).split(" "));
    assert.equal(answered.code, 0, answered.stderr);
    const after = await cli(["query", "decisions"]);
    assert.equal(after.stderr, "", "what is answered asks for nothing");
    assert.match(after.stdout, /resolved/);
    assert.match(after.stdout, / by boss via cli$/m);
  });

  test("a run that cannot go on by itself says why, as in ps", async () => {
    const steps = [{ id: "w", action: "shell.exec", params: { command: "sleep", args: ["60"] } }];
    const definition = { timeout: "20ms", on_timeout: "suspend", steps };
    await rest(daemon.url, "POST", "/api/v1/templates", {
      name: "late",
      agent_id: "t",
      definition,
    });
    await rest(daemon.url, "POST", "/api/v1/runs", {
      template_name: "late",
      agent_id: "t",
      wait_ms: 10_000,
    });
    const [, row] = await rows(["query", "workflows", "--filter", "template_name=late"]);
    assert.match(row!, / late +v1 +interrupted +t /);
  });

  test("the number of all is told where it was asked for", async () => {
    const asked = ["query", "workflows", "--limit", "1", "--filter", "total=true"];
    const { stderr } = await cli(asked);
    const [, count] = /^(\d+) in all$/m.exec(stderr) ?? [];
    const { runs } = (await rest(daemon.url, "GET", "/api/v1/runs")).body;
    assert.equal(Number(count), runs.length, stderr);
    const { workflows, total } = JSON.parse((await cli([...asked, "--json"])).stdout);
    assert.deepEqual([workflows.length, total], [1, runs.length]);
  });

  test("a time of long ago may be given in days", async () => {
    for (const args of [["query", "events", "--filter", "since=1d"], ["logs", "--since", "1w"]]) {
      const { code, stderr } = await cli(args);
      assert.equal(code, 0, stderr);
    }
    const { code, stderr } = await cli(["run", "asks", "--delay", "1d"]);
    assert.match(stderr, /^error: --delay: must be a duration .*; write "24h"/);
    assert.equal(code, 2);
  });

  test("events say of what each was", async () => {
    const found = await rows(["query", "events", "--filter", `workflow_id=${failed}`]);
    assert.match(found[0]!, /DETAIL$/);
    const line = found.find((one) => one.includes("step_failed"));
    assert.match(line!, /no such file/);
  });

  test("templates say what a run of each takes", async () => {
    const [head, ...found] = await rows(["templates"]);
    assert.match(head!, /^NAME +VERSION +AGENT +CREATED +TAKES +DESCRIPTION$/);
    assert.match(found.find((one) => one.startsWith("typed "))!, /Z +path, n\?$/);
  });

  test("actions say how more is known; one alone is told whole, in query as well", async () => {
    const { stderr } = await cli(["query", "actions"]);
    assert.equal(stderr, `params, output and an example of one:\n  ${CALLED} actions NAME\n`);
    const one = await cli(["query", "actions", "--filter", "name=shell.exec"]);
    assert.equal(one.stdout, (await cli(["actions", "shell.exec"])).stdout);
  });

  test("an empty list says which criteria it was, and how to see more", async () => {
    const told: [string[], RegExp[]][] = [
      [["workflows", "--filter", "status=cancelled", "--filter", "agent_id=t"], [
        /^no runs with status=cancelled and agent_id=t$/,
        /^there are others: \S.* query workflows$/,
      ]],
      [["workflows", "--filter", "template_name=failz"], [
        /^no runs with template_name=failz$/,
        /^template "failz" not found; did you mean "fails"\?/,
      ]],
      [["templates", "--filter", "name=type"], [
        /^no templates with name=type$/,
        /^template "type" not found; did you mean "typed"\?/,
      ]],
      [["decisions", "--filter", "status=cancelled"], [
        /^no decisions with status=cancelled$/,
        /^there are others: \S.* query decisions$/,
      ]],
      [["events", "--filter", "event_type=workflow_cancelled"], [
        /^no events with event_type=workflow_cancelled$/,
      ]],
    ];
    for (const [args, expected] of told) {
      const { code, stdout } = await cli(["query", ...args]);
      assert.equal(code, 0);
      const found = lines(stdout);
      assert.equal(found.length, expected.length, stdout);
      expected.forEach((pattern, i) => assert.match(found[i]!, pattern));
    }
  });

  test("what is left of a list is one command away", async () => {
    const since = ["--filter", "since=1h"];
    const first = await cli(["query", "workflows", "--limit", "1", ...since]);
    const more = /^more: \S.*? (query workflows .*)$/.exec(lines(first.stderr).at(-1)!)![1]!;
    const next = await cli(more.split(" "));
    assert.equal(next.code, 0, next.stderr);
    assert.equal(lines(next.stdout).length, 2);
    assert.notEqual(lines(next.stdout)[1], lines(first.stdout)[1]);
  });

  test("two stored versions are compared, by default the latest and the one before", async () => {
    await defineTemplate(daemon.url, "versions", [{ id: "a", action: "crypto.uuid" }]);
    const single = await cli(["diff", "versions"]);
    assert.deepEqual([single.code, single.stderr], [
      2,
      "error: versions has no version before v1 to compare it with\n",
    ]);
    await defineTemplate(daemon.url, "versions", [{ id: "b", action: "crypto.uuid" }]);
    const expected = ["versions v2", "against v1:", "  + b", "  - a"];
    assert.deepEqual(await rows(["diff", "versions"]), expected);
    assert.deepEqual(await rows(["diff", "versions", "1"]), expected);
    // Not with itself, in which it differs in nothing.
    assert.deepEqual(await rows(["diff", "versions", "latest"]), expected);
    assert.deepEqual(await rows(["diff", "versions", "v2", "v1"]), [
      "versions v1",
      "against v2:",
      "  + a",
      "  - b",
    ]);
    const { stdout } = await cli(["diff", "versions", "--json"]);
    assert.equal(JSON.parse(stdout).diff.against, "v1");
    const wrong = await cli(["diff", "versions", "v7"]);
    assert.deepEqual([wrong.code, wrong.stderr], [
      2,
      'error: template "versions" v7 not found; the latest version is v2\n',
    ]);
  });

  const UNHEARD: [args: string[], told: RegExp][] = [
    [["query", "runs"], /^error: RESOURCE: .*did you mean "workflows"\?/],
    [["query", "template"], /^error: RESOURCE: .*did you mean "templates"\?/],
    [["query", "workflows", "--limit", "5", "--filter", "limit=6"], /^error: --limit and --filter/],
    [
      ["query", "workflows", "--limit", "5000"],
      /^error: --limit: must be a whole number from 1 to/,
    ],
    [["query", "workflows", "--filter", "since=2026-02-30T00:00:00Z"], /^error: --filter since: /],
    [["templates", "asks", "--all"], /^error: --all: lists every template, not those of one name/],
    [["serve", "--url", "http://127.0.0.1:1"], /^error: serve: takes no --url: it asks no daemon/],
    [["--agent", "x", "settings"], /^error: settings: takes no --agent/],
    [["version", "--url", "http://127.0.0.1:1"], /^error: version: takes no --url/],
    [["agent-token", "x", "--agent", "y"], /^error: agent-token: takes no --agent/],
    [["help", "--json"], /help: takes no --json/],
    [["stop", "--agent", "x"], /^error: stop: takes no --agent/],
    [["run", "asks", "--wait", "--no-wait"], /^error: --wait and --no-wait/],
    [["signal", "last", "cancel", "--choice", "yes"], /^error: --choice: .*only of a decision/],
    [["signal", "last", "retry", "--decision", "x"], /^error: --decision: .*only of a decision/],
    [
      ["signal", "last", "decision", "--choice", "a", "--payload", '{"choice":"b"}'],
      /^error: --ch/,
    ],
    [["secret", "list", "--keep-newline"], /^error: --keep-newline: .*only of secret set/],
    [["logs", "--limit", "2000"], /limit: must be a whole number from 1 to 1000/],
    [["logs", "--since", "2026-02-30T00:00:00Z"], /^error: --since: /],
  ];
  for (const [args, told] of UNHEARD) {
    test(`opcode ${args.join(" ")} is refused, not passed over`, async () => {
      const { code, stdout, stderr } = await cli(args);
      assert.match(stderr || stdout, told);
      assert.notEqual(code, 0);
    });
  }
});
