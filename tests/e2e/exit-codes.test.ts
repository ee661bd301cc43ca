// Which exit code a command ends with: done, failed, mistyped, suspended, or nobody to ask.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { spawnDaemon, suiteCleanup, tempHome } from "../support/daemon.ts";
import { runCli } from "../support/cli.ts";
import { type KeptCli, keptCli } from "../support/kept-cli.ts";

const DONE = 0, FAILED = 1, MISTYPED = 2, SUSPENDED = 3, UNREACHED = 4;

describe("with a daemon", () => {
  const cleanup = suiteCleanup();
  let env: Record<string, string>;
  let cli: KeptCli;
  let file: (name: string, content: object | string) => string;
  const ids: Record<string, string> = {};

  before(async () => {
    const daemon = await spawnDaemon(cleanup, {
      env: { OPCODE_VAULT_KEY: `hex:${"0".repeat(64)}` },
    });
    env = { OPCODE_HOME: daemon.home };
    cli = keptCli(cleanup, { env });
    file = (name, content) => {
      const path = join(daemon.home, name);
      writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
      return path;
    };
    const define = async (name: string, steps: object[], more = {}) => {
      const path = file(`${name}.json`, { name, definition: { steps }, ...more });
      assert.equal((await cli(["define", path])).code, 0, name);
    };
    await define("good", [{ id: "a", action: "crypto.uuid" }]);
    await define("needs", [{ id: "a", action: "crypto.uuid" }], {
      input_schema: { properties: { n: { type: "integer" } }, required: ["n"] },
    });
    await define("bad", [{ id: "a", action: "assert.equals", params: { actual: 1, expected: 2 } }]);
    await define("ask", [{
      id: "gate",
      type: "reasoning",
      config: { prompt_context: "?", options: [{ id: "yes" }, { id: "no" }] },
    }]);
    for (const name of ["good", "bad", "ask"]) {
      const { stdout } = await cli(["run", name, "--no-wait", "--json"]);
      ids[name] = JSON.parse(stdout).workflow_id;
    }
  });

  /** What stands for files that are written when they are named. */
  const FILES: Record<string, [name: string, content: object | string]> = {
    FAULTY: ["faulty.json", {
      name: "faulty",
      definition: { steps: [{ id: "a", action: "no.such" }] },
    }],
    NOJSON: ["none.json", "{"],
    TWICE: ["twice.json", `{"name": "x", "name": "y", "definition": {"steps": []}}`],
    UNKNOWN: ["unknown.json", {
      name: "x",
      definition: { steps: [{ id: "a", action: "crypto.uuid" }] },
      inputs: {},
    }],
    GOODFILE: ["good.json", { name: "good", definition: { steps: [] } }],
  };

  /** `GOOD`, `BAD` and `ASK` stand for the ids of runs. */
  const TABLE: [number, string[], string?][] = [
    [DONE, ["run", "good"]],
    [DONE, ["status", "BAD"]],
    [DONE, ["ps"]],
    [DONE, ["query", "workflows", "--filter", "agent_id=nobody"]],
    [DONE, ["templates"]],
    [DONE, ["secret", "set", "A"], "value"],
    [DONE, ["help", "run"]],
    [FAILED, ["run", "bad"]],
    [FAILED, ["signal", "BAD", "retry", "--step", "a"]],
    [FAILED, ["signal", "GOOD", "cancel"]],
    [FAILED, ["define", "FAULTY"]],
    [FAILED, ["define", "FAULTY", "--dry-run"]],
    [FAILED, ["define", "UNKNOWN"]],
    [FAILED, ["define", "UNKNOWN", "--dry-run"]],
    [FAILED, ["secret", "unlock"], "not its passphrase"],
    [SUSPENDED, ["run", "ask"]],
    // A word that is none of the command line's.
    [MISTYPED, ["rnu", "good"]],
    [MISTYPED, ["help", "rnu"]],
    [MISTYPED, ["run", "good", "--no-such-flag"]],
    [MISTYPED, ["run"]],
    [MISTYPED, ["signal", "ASK"]],
    [MISTYPED, ["signal", "ASK", "approve"]],
    [MISTYPED, ["query", "things"]],
    [MISTYPED, ["secret", "get", "A"]],
    // A value that breaks its rule, here or at the daemon.
    [MISTYPED, ["run", "needs"]],
    [MISTYPED, ["run", "needs", "--param", "n=x"]],
    [MISTYPED, ["run", "needs", "--param", "n=1", "--param", "m=1"]],
    [MISTYPED, ["run", "good", "--version", "soon"]],
    [MISTYPED, ["signal", "BAD", "retry"]],
    [MISTYPED, ["signal", "ASK", "decision"]],
    [MISTYPED, ["signal", "ASK", "decision", "--choice", "perhaps"]],
    [MISTYPED, ["query", "workflows", "--filter", "state=failed"]],
    [MISTYPED, ["query", "workflows", "--filter", "status=odd"]],
    [MISTYPED, ["query", "workflows", "--limit", "99999999"]],
    [MISTYPED, ["logs", "--level", "loud"]],
    [MISTYPED, ["secret", "set", "a b"], "value"],
    [MISTYPED, ["secret", "rekey"], "short"],
    [MISTYPED, ["diff", "good", "one"]],
    [MISTYPED, ["--url", "nowhere", "ps"]],
    // The name of nothing.
    [MISTYPED, ["run", "nobody"]],
    [MISTYPED, ["run", "good", "--version", "v9"]],
    [MISTYPED, ["templates", "nobody"]],
    [MISTYPED, ["diagram", "nobody"]],
    [MISTYPED, ["diff", "nobody"]],
    [MISTYPED, ["actions", "no.such"]],
    [MISTYPED, ["status", "ffffffff"]],
    [MISTYPED, ["status", "01a22682-c414-70f6-ad50-592f1700e2b6"]],
    [MISTYPED, ["status", "GOOD", "--step", "b"]],
    [MISTYPED, ["signal", "01a22682-c414-70f6-ad50-592f1700e2b6", "cancel"]],
    [MISTYPED, ["signal", "BAD", "retry", "--step", "b"]],
    [MISTYPED, ["logs", "01a22682-c414-70f6-ad50-592f1700e2b6"]],
    [MISTYPED, ["run", "--from-run", "GOOD", "--from-step", "b"]],
    [MISTYPED, ["secret", "delete", "B"]],
    [MISTYPED, ["define", "/no/such/file"]],
    [MISTYPED, ["define", "NOJSON"]],
    [MISTYPED, ["define", "TWICE"]],
    // The file is well, the flag is not.
    [MISTYPED, ["define", "GOODFILE", "--name", "a\nb"]],
    [MISTYPED, ["agent-token", ""]],
    [UNREACHED, ["ps", "--url", "http://127.0.0.1:9"]],
  ];

  const wordsOf = (args: string[]) =>
    args.map((word) =>
      FILES[word] !== undefined
        ? file(...FILES[word])
        : ids[word.toLowerCase()] !== undefined && word === word.toUpperCase()
        ? ids[word.toLowerCase()]!
        : word
    );

  for (const [i, [code, args, input]] of TABLE.entries()) {
    // The first of each code says that a process ends with it.
    const isFirst = TABLE.findIndex(([one]) => one === code) === i;
    test(`${code}: ${args.join(" ")}`, async () => {
      const more = isFirst || input !== undefined ? { input: input ?? "" } : undefined;
      const ended = await cli(wordsOf(args), more);
      assert.equal(ended.code, code, ended.stderr);
    });
  }

  test("what is mistyped, or asks nobody, is so with --json too", async () => {
    // What a signal has changed may end otherwise; whether it is typed well does not.
    const typed = TABLE.filter(([code, , input]) =>
      (code === MISTYPED || code === UNREACHED) && input === undefined
    );
    const told: [string, number | null][] = [];
    for (const [, args] of typed) {
      told.push([args.join(" "), (await cli([...wordsOf(args), "--json"])).code]);
    }
    assert.deepEqual(told, typed.map(([code, args]) => [args.join(" "), code]));
  });
});

test("without a daemon each command that needs one says so, and a wrong one is wrong first", async (t) => {
  const env = { OPCODE_HOME: tempHome(t) };
  const cli = keptCli(t, { env });
  const needing = [
    ["ps"],
    ["status"],
    ["status", "last"],
    ["run", "good"],
    ["templates"],
    ["query", "events"],
    ["logs"],
    ["signal", "last", "cancel"],
    ["secret", "unlock"],
    ["agents"],
  ];
  for (const args of needing) {
    const input = args[0] === "secret" ? { input: "a long passphrase" } : undefined;
    const ended = await cli(args, input);
    assert.equal(ended.code, UNREACHED, `${args.join(" ")}: ${ended.stderr}`);
  }
  assert.equal((await cli(["stop"])).code, DONE);
  assert.equal((await cli(["signal", "last", "approve"])).code, MISTYPED);
  assert.equal((await runCli(["serve", "--pool-size", "x"], { env })).code, MISTYPED);
  const variable = { ...env, OPCODE_POOL_SIZE: "x" };
  assert.equal((await runCli(["serve"], { env: variable })).code, MISTYPED, "wherever it stands");
});
