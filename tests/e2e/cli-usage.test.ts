// What the command line says to a mistake, without any daemon.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { VERSION } from "../../cli/version.ts";
import { BINARY, cleanEnv, startTestDaemon, tempHome } from "../support/daemon.ts";
import { CALLED, cliCommand, runCli } from "../support/cli.ts";
import { keptCli } from "../support/kept-cli.ts";

/** A binary may have been built of another commit than these sources. */
function assertVersion(said: string): void {
  if (BINARY === undefined) assert.equal(said, VERSION);
  else assert.match(said, /^(v?\d|[0-9a-f]{7,}|dev)\S*$/);
}

test("version, --version and --help answer on standard output", async () => {
  for (const args of [["version"], ["--version"]]) {
    const { code, stdout, stderr } = await runCli(args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^.+\n$/);
    assertVersion(stdout.trimEnd());
  }
  for (const args of [["--help"], ["-h"], ["run", "--help"], ["serve", "-h"]]) {
    const { code, stdout, stderr } = await runCli(args);
    assert.deepEqual([code, stderr], [0, ""], args.join(" "));
    assert.ok(stdout.startsWith(`Usage: ${CALLED} `), stdout);
  }
});

test("help COMMAND is COMMAND --help, and help alone lists the commands", async (t) => {
  const cli = keptCli(t, { env: {} });
  for (const name of ["run", "secret", "help", "serve"]) {
    const asked = await cli(["help", name]);
    assert.deepEqual(asked, await cli([name, "--help"]), name);
  }
  assert.deepEqual(await cli(["help"]), await runCli(["--help"]));
  const { code, stderr } = await cli(["help", "stauts"]);
  assert.deepEqual([code, stderr], [
    2,
    'error: unknown command "stauts" (did you mean "status"?)\n',
  ]);
});

test("no example of a help reads or writes beside the directory in which it is typed", async (t) => {
  const cli = keptCli(t, { env: {} });
  const { stdout } = await cli(["help"]);
  const names = [...stdout.split("Examples:")[0]!.matchAll(/^ {2}([a-z][a-z-]+)(?: |$)/gm)].map((
    [, name],
  ) => name!);
  assert.ok(names.includes("run") && names.includes("secret"), stdout);
  for (const name of ["", ...names]) {
    const help = await cli(["help", ...(name === "" ? [] : [name])]);
    const examples = help.stdout.split("Examples:\n")[1] ?? "";
    assert.ok(examples.includes("  "), `${name}: ${help.stdout}`);
    // What is only read as a value may be anywhere.
    const elsewhere = examples.split("\n").map((line) =>
      // Behind how the program is called here, and before what is only read as a value.
      line.replace(/^.*?(?:opcode(?:\.mjs)?|main\.ts) /, " ").replace(/<.*/, "")
    ).filter((line) => /[ =](\/|~|\$HOME)/.test(line));
    assert.deepEqual(elsewhere, [], name);
  }
});

test("version --json says on what it runs", async () => {
  const { code, stdout } = await runCli(["version", "--json"]);
  assert.equal(code, 0);
  const platform = `${process.platform}-${process.arch}`;
  const { version, ...rest } = JSON.parse(stdout);
  assertVersion(version);
  assert.deepEqual(rest, { node: process.versions.node, platform });
});

const NOT_THERE =
  /^error: \/nonexistent\.json: cannot be read: ENOENT: no such file or directory\n$/;
const MISTAKES: [args: string[], message: RegExp][] = [
  [["frobnicate"], /^error: unknown command "frobnicate" \(.* --help/],
  [["tempaltes"], /^error: unknown command "tempaltes" \(did you mean "templates"\?\)/],
  [["run", "x", "--parms", "f"], /^error: unknown option '--parms' \(Did you mean --params\?\)/],
  [["--pool-sise", "3"], /^error: unknown option '--pool-sise' \(Did you mean --pool-size\?\)/],
  [["serve", "extra"], /^error: too many arguments/],
  [["serve", "--panel", "extra"], /^error: too many arguments/],
  [["--pool-size", "3", "run"], /^error: too many arguments for 'serve'/],
  [["query", "workflows", "--limit", "0"], /^error: --limit: must be a whole number from 1 on/],
  [["logs", "--limit", "abc"], /^error: --limit: must be a whole number from 1 on, got "abc"/],
  [["logs", "--level", "wran"], /^error: --level: must be one of .*did you mean "warn"\?/],
  [["logs", "--since", "yesterday"], /^error: --since: must be a time such as .* got "yesterday"/],
  [["status", "r", "--json=maybe"], /^error: --json: must be true or false, got "maybe"/],
  [["run"], /^error: missing required argument 'name': the template to run/],
  [["run", "--param", "a=1"], /^error: missing required argument 'name': the template to run/],
  [["signal", "r"], /^error: TYPE: must be one of decision, data, cancel, retry, skip\n/],
  [
    ["serve", "--listen", ":0"],
    /^error: unknown option '--listen' \(did you mean --listen-addr\?\)/,
  ],
  [["run", "--from-run", "r"], /^error: --from-run and --from-step need each other/],
  [["run", "x", "--from-step", "s"], /^error: --from-run and --from-step need each other/],
  [["run", "x", "--param", "novalue"], /^error: --param: must be key=value, got "novalue"/],
  [["run", "x", "--param", "a=1", "--param", "a=2"], /^error: --param a: given twice/],
  [
    ["query", "workflows", "--filter", "status=failed", "--filter", "status=active"],
    /^error: --filter status: given twice/,
  ],
  [["status", "r", "s"], /^error: too many arguments/],
  [["run", "x", "--params", "/nonexistent.json"], NOT_THERE],
  [["define", "/nonexistent.json"], NOT_THERE],
  [
    ["signal", "r", "stop"],
    /^error: TYPE: must be one of decision, data, cancel, retry, skip, got "stop"/,
  ],
  [
    ["signal", "r", "data", "--payload", "[1]"],
    /^error: --payload: must be a JSON object, got "\[1\]"/,
  ],
  [
    ["query", "runs"],
    /^error: RESOURCE: must be one of workflows, events, templates, decisions, schedules, actions, got "runs"/,
  ],
  [["templates", "--url", "ftp://x"], /^error: --url: must be an http:\/\/ or https:\/\/ URL/],
  [
    ["serve", "--http-default-timeout", "soon"],
    /^error: --http-default-timeout: must be a duration above 0, such as "30s" or "2m", got "soon"/,
  ],
  [
    ["serve", "--pool-size", "none"],
    /^error: --pool-size: must be a whole number from 1 to 10000, got "none"/,
  ],
];

test("a mistake is one message on standard error and exit code 2", async (t) => {
  const cli = keptCli(t, { env: { OPCODE_HOME: tempHome(t) } });
  for (const [args, message] of MISTAKES) {
    const { code, stdout, stderr } = await cli(args);
    assert.match(stderr, message);
    assert.equal(stdout, "", args.join(" "));
    assert.equal(code, 2, args.join(" "));
    assert(!stderr.includes("    at "), stderr);
  }
});

test("a malformed settings file stops the start with its line", async (t) => {
  const home = tempHome(t);
  writeFileSync(join(home, "settings.json"), '{\n  "pool_size": 3\n  "panel": true\n}\n');
  const { code, stderr } = await runCli(["serve"], { env: { OPCODE_HOME: home } });
  assert.equal(
    stderr,
    `error: ${home}/settings.json is not JSON: expected "," or "}", found "\\"", line 3 column 3\n`,
  );
  assert.equal(code, 2);
});

test("a daemon that everybody could reach does not start", async (t) => {
  const { code, stderr } = await runCli(["serve", "--listen-addr", "0.0.0.0:0"], {
    env: { OPCODE_HOME: tempHome(t) },
  });
  assert.match(stderr, /^error: listen_addr: 0\.0\.0\.0:0 can be reached .*auth_token/);
  assert.equal(code, 2);
});

test("a malformed workflow file is named with line and column", async (t) => {
  const home = tempHome(t);
  writeFileSync(join(home, "bad.json"), '{"steps": [}');
  const readers = [["define", "bad.json", "--name", "x"], ["run", "x", "--params", "bad.json"]];
  for (const words of readers) {
    const { code, stderr } = await runCli(words, { env: { OPCODE_HOME: home }, cwd: home });
    assert.match(stderr, /^error: bad\.json is not JSON: expected a value .*, line 1 column 12\n/);
    assert.equal(code, 2);
  }
});

test("without a daemon, commands say how to start one", async (t) => {
  const home = tempHome(t);
  const { code, stderr } = await runCli(["templates"], { env: { OPCODE_HOME: home } });
  assert.equal(
    stderr,
    `error: no daemon runs for ${home}: start it with "${CALLED} serve", ` +
      "or name another with --url or OPCODE_URL\n",
  );
  assert.equal(code, 4);
  const named = await runCli(["--url", "http://127.0.0.1:9", "templates"], {
    env: { OPCODE_HOME: home },
  });
  assert.deepEqual([named.code, named.stderr], [4, "error: no daemon at http://127.0.0.1:9\n"]);
});

test("--json prints a failure as JSON on standard output", async (t) => {
  const { code, stdout, stderr } = await runCli(["templates", "--json"], {
    env: { OPCODE_HOME: tempHome(t) },
  });
  assert.deepEqual([code, stderr], [4, ""]);
  assert.match(JSON.parse(stdout).error.message, /^no daemon runs for/);
  const mistakes: [string[], RegExp][] = [
    [["--json", "nosuch"], /^unknown command "nosuch" \(.* --help lists them\)$/],
    [["run", "-json"], /^missing required argument 'name': the template/],
    [["status", "r", "--jsn", "--json"], /^unknown option '--jsn' \(Did you mean --json\?\)$/],
    [["define", "--json", "/nonexistent.json"], /^\/nonexistent\.json: cannot be read/],
  ];
  const cli = keptCli(t, { env: { OPCODE_HOME: tempHome(t) } });
  for (const [args, message] of mistakes) {
    const answer = await cli(args);
    assert.deepEqual([answer.code, answer.stderr], [2, ""], args.join(" "));
    const { error } = JSON.parse(answer.stdout);
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.match(error.message, message);
  }
});

test("every command's help has examples, and the global flags that it takes", async (t) => {
  const cli = keptCli(t, { env: {} });
  const { stdout } = await cli(["--help"]);
  const names = [...stdout.split("Examples:")[0]!.matchAll(/^ {2}([a-z]+)(?: \[| <| {2})/gm)].map((
    [, name],
  ) => name!);
  assert.ok(names.length >= 14, names.join(" "));
  for (const name of names) {
    const help = (await cli([name, "-h"])).stdout;
    assert.match(help, new RegExp(`^Examples:\n  ${CALLED} .*\\b${name}\\b`, "m"));
    // Help is for people, and what shells and `man` read has a form of its own.
    const printsData = !["help", "completion", "man"].includes(name);
    assert.equal(/^ +--json /m.test(help), printsData, name);
  }
});

test("a data directory that cannot be is named, and nothing hangs", async () => {
  const { code, stderr } = await runCli(["serve"], { env: { OPCODE_HOME: "/proc/nope/deeper" } });
  assert.match(stderr, /^error: OPCODE_HOME: \/proc\/nope cannot be created \(ENOENT/);
  assert.equal(code, 1);
});

test("a file without a definition is told what it must hold", async (t) => {
  const env = { OPCODE_HOME: tempHome(t) };
  for (const content of [{ name: "x" }, { name: "x", steps: [] }, {}]) {
    const input = JSON.stringify(content);
    const { code, stderr } = await runCli(["define", "-"], { env, input });
    assert.match(stderr, /^error: standard input: holds no "definition": it must be \{"name"/);
    assert.equal(code, 2);
  }
});

test("a reader that has seen enough ends every command without a word", async (t) => {
  const daemon = await startTestDaemon(t);
  const ask = ["--url", daemon.url];
  const cases: [closed: "stdout" | "stderr", ...args: string[]][] = [
    ["stdout", "--version"],
    ["stdout", "version"],
    ["stdout", "--help"],
    ["stdout", "run", "--help"],
    ["stdout", "settings"],
    ["stdout", "agent-token", "bot"],
    ["stdout", ...ask, "actions"],
    ["stdout", ...ask, "--json", "query", "workflows"],
    ["stdout", "--json", "nonsense"],
    ["stderr", "nonsense"],
    ["stderr", ...ask, "status", "nothing"],
  ];
  for (const [closed, ...given] of cases) {
    const { command, args, env } = cliCommand(given, { OPCODE_HOME: tempHome(t) });
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    child[closed].destroy();
    const open = closed === "stdout" ? child.stderr : child.stdout;
    let said = "";
    open.setEncoding("utf8").on("data", (text) => said += text);
    const [code] = await once(child, "close");
    assert.doesNotMatch(said, /EPIPE| {4}at |error/, given.join(" "));
    assert.equal(code, 141, `${closed} of ${given.join(" ")}`);
  }
});

test("the launcher hands on arguments and the exit code", (t) => {
  const launcher = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [launcher, ...args], {
      encoding: "utf8",
      env: cleanEnv({ OPCODE_HOME: tempHome(t) }),
    });
  assert.equal(run("version").stdout, `${VERSION}\n`);
  assert.equal(run("frobnicate").status, 2);
});

test("what is told to type begins as the program was called, through the launcher too", (t) => {
  const folder = realpathSync(tempHome(t));
  const launcher = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));
  symlinkSync(process.execPath, join(folder, "node"));
  symlinkSync(launcher, join(folder, "opcode"));
  mkdirSync(join(folder, "bin"));
  symlinkSync(launcher, join(folder, "bin/opcode.mjs"));
  // The version is read at start: this stands for an older Node without needing one.
  const old = join(folder, "old.cjs");
  const version = "process.execArgv.length > 0 ? '18.0.0' : process.versions.node";
  writeFileSync(
    old,
    `Object.defineProperty(process.versions, "node", { value: ${version} });`,
  );
  const usage = (command: string, args: string[], path = folder) => {
    const { stdout, stderr } = spawnSync(command, [...args, "status", "--help"], {
      cwd: folder,
      encoding: "utf8",
      env: { ...cleanEnv({}), PATH: `${path}:/usr/bin:/bin` },
    });
    return [/^Usage: (.*) status \[/.exec(stdout)?.[1], /^ {2}(.*) status last$/m.exec(stdout)?.[1]]
      .map((text) => text ?? stderr);
  };
  for (const early of [[], ["--require", old]]) {
    assert.deepEqual(
      usage("node", [...early, "bin/opcode.mjs"]),
      ["node bin/opcode.mjs", "node bin/opcode.mjs"],
    );
    assert.deepEqual(usage("node", [...early, join(folder, "opcode")]), ["opcode", "opcode"]);
  }
  assert.deepEqual(usage("./opcode", []), ["opcode", "opcode"]);
  assert.deepEqual(usage(join(folder, "node"), ["opcode"], "/nonexistent"), [
    "./opcode",
    "./opcode",
  ]);
});

test("the launcher finds the pinned Node when an older one runs it", (t) => {
  const folder = join(tempHome(t), "deep");
  mkdirSync(folder);
  const launcher = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));
  // The version is read at start: this stands for an older Node without needing one.
  const old = `Object.defineProperty(process.versions, "node", { value: "18.0.0" });`;
  const file = join(folder, "old.mjs");
  writeFileSync(file, `${old}\nawait import(${JSON.stringify(launcher)});\n`);
  const { stdout, status } = spawnSync(process.execPath, [file, "version"], { encoding: "utf8" });
  assert.deepEqual([stdout, status], [`${VERSION}\n`, 0]);
});
