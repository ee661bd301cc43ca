// What `opcode secret` does in a data directory in which no daemon runs.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cliCommand, runCli } from "../support/cli.ts";
import { startTestDaemon, tempHome } from "../support/daemon.ts";
import type { Cleanup } from "../support/daemon.ts";
import { NO_FILE } from "../support/store-env.ts";

const KEY = `hex:${"ab".repeat(32)}`;
const NEW_KEY = `hex:${"cd".repeat(32)}`;
const VALUE = "s3cret-value";

/** Runs `opcode secret …` in a home; `key` is the vault's. */
function inHome(home: string, key?: string) {
  const env = { OPCODE_HOME: home, ...(key !== undefined && { OPCODE_VAULT_KEY: key }) };
  return (args: string[], input: string | Uint8Array = "") =>
    runCli(["secret", ...args], { env, input });
}

/** What a step gets: its daemon opens the database and writes the value to a file. */
async function valueOf(t: Cleanup, home: string, name: string, key: string): Promise<string> {
  const { opcode, close } = await startTestDaemon(t, { home, vaultKey: key });
  const path = join(tempHome(t), "value");
  const params = { path, content: `\${{secrets.${name}}}` };
  const steps = [{ id: "a", action: "fs.write", params }];
  await opcode.define({ name: "w", agent_id: "a", definition: { steps } });
  const reply = await opcode.run({ template_name: "w", agent_id: "a" });
  await close();
  assert.equal(reply.status, "completed");
  return readFileSync(path, "utf8");
}

test("values come from standard input, without their last line end unless it is wanted", async (t) => {
  const home = join(tempHome(t), "made");
  const secret = inHome(home, KEY);
  assert.deepEqual(await secret(["set", "A"], `${VALUE}\n`), {
    code: 0,
    stdout: "stored A\n",
    stderr: "",
  });
  assert.equal((await secret(["set", "B", "--keep-newline"], "key\n")).stdout, "stored B\n");
  assert.deepEqual(await secret(["set", "E", "--allow-empty"], ""), {
    code: 0,
    stdout: "stored E\n",
    stderr: "a value of fewer than 4 bytes is not masked in what runs show\n",
  });
  assert.equal((await secret(["set", "A"], VALUE)).stdout, "replaced A\n");
  const { stdout } = await secret(["list", "--json"]);
  assert.deepEqual(JSON.parse(stdout).secrets.map(({ name }: { name: string }) => name), [
    "A",
    "B",
    "E",
  ]);
  assert.equal(stdout.includes(VALUE), false);
  const file = join(home, NO_FILE ? "node.lock" : "opcode.db");
  assert.equal((statSync(file).mode & 0o777).toString(8), "600");
  assert.equal((statSync(home).mode & 0o777).toString(8), "700");
  assert.equal(readFileSync(file).includes(VALUE), false);
  assert.equal(await valueOf(t, home, "A", KEY), VALUE);
  assert.equal(await valueOf(t, home, "B", KEY), "key\n");
  assert.equal(await valueOf(t, home, "E", KEY), "");
});

test("bytes that are no text are refused, and never stored as others", async (t) => {
  const secret = inHome(tempHome(t), KEY);
  const { code, stderr } = await secret(["set", "A"], Buffer.from([0x30, 0x82, 0xff, 0xfe]));
  assert.deepEqual(
    [code, stderr],
    [2, "error: standard input: must be UTF-8 text; put bytes in as base64, for example\n"],
  );
  assert.deepEqual(JSON.parse((await secret(["list", "--json"])).stdout).secrets, []);
  assert.equal((await secret(["set", "A"], "\ufeffü")).code, 0);
});

test("names are listed and secrets deleted without the key", async (t) => {
  const home = tempHome(t);
  await inHome(home, KEY)(["set", "A"], VALUE);
  const secret = inHome(home);
  assert.match((await secret(["list"])).stdout, /^NAME +UPDATED +CREATED\nA +\d{4}-/);
  assert.equal((await secret(["delete", "A"])).stdout, "deleted A\n");
  const again = await secret(["delete", "A"]);
  assert.deepEqual([again.code, again.stderr], [2, 'error: [NOT_FOUND] secret "A" not found\n']);
});

test("a wrong key, or none, changes nothing", async (t) => {
  const home = tempHome(t);
  await inHome(home, KEY)(["set", "A"], VALUE);
  const wrong = await inHome(home, NEW_KEY)(["set", "A"], "other");
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /^error: \[VAULT_ERROR\] the key does not open the vault/);
  const none = await inHome(home)(["set", "A"], "other");
  assert.equal(none.code, 4);
  assert.match(none.stderr, /no daemon runs here.*OPCODE_VAULT_KEY_FILE or OPCODE_VAULT_KEY/);
  assert.equal(await valueOf(t, home, "A", KEY), VALUE);
});

test("the key may stand in a file", async (t) => {
  const home = tempHome(t);
  const file = join(home, "key");
  writeFileSync(file, `${KEY}\n`, { mode: 0o600 });
  const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY_FILE: file };
  const { stdout } = await runCli(["secret", "set", "A"], { env, input: VALUE });
  assert.equal(stdout, "stored A\n");
  assert.equal(await valueOf(t, home, "A", KEY), VALUE);
});

test("rekey takes the new key from standard input", async (t) => {
  const home = tempHome(t);
  await inHome(home, KEY)(["set", "A"], VALUE);
  const done = await inHome(home, KEY)(["rekey"], `${NEW_KEY}\n`);
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /^rekeyed, secrets: 1; the next start needs the new key/);
  assert.equal((await inHome(home, KEY)(["set", "A"], "x")).code, 1);
  const empty = await inHome(home, NEW_KEY)(["rekey"], "\n");
  assert.deepEqual([empty.code, empty.stderr], [
    2,
    "error: a new passphrase must have at least 12 characters; nothing was changed\n",
  ]);
  assert.equal(await valueOf(t, home, "A", NEW_KEY), VALUE);
});

test("what is no command line is told with exit code 2", async (t) => {
  const secret = inHome(tempHome(t), KEY);
  for (
    const [args, message] of [
      [["sett", "A"], /VERB: must be one of set, list.*did you mean "set"/],
      [["set"], /secret set: NAME is required/],
      [["delete"], /secret delete: NAME is required/],
      [["list", "A"], /secret list: takes no NAME/],
      [["set", "A", VALUE], /too many words; a value comes from a prompt or standard input/],
    ] as const
  ) {
    const { code, stderr, stdout } = await secret([...args], KEY);
    assert.equal(code, 2, args.join(" "));
    assert.match(stderr, message);
    assert.equal((stdout + stderr).includes(VALUE), false);
  }
  const named = await secret(["set", "a b"], VALUE);
  assert.deepEqual([named.code, /name: must be/.test(named.stderr)], [2, true]);
  const locked = await secret(["unlock"], KEY);
  assert.equal(locked.code, 4);
  assert.match(locked.stderr, /no daemon runs here, so there is nothing to unlock/);
});

test("a database in memory keeps nothing", async (t) => {
  const env = { OPCODE_HOME: tempHome(t), OPCODE_VAULT_KEY: KEY, OPCODE_DB_PATH: ":memory:" };
  const { code, stderr } = await runCli(["secret", "set", "A"], { env, input: VALUE });
  assert.deepEqual([code, /:memory: keeps nothing/.test(stderr)], [4, true]);
});

test("on a terminal the value is asked for and not shown", {
  skip: !existsSync("/usr/bin/script") || process.platform !== "linux",
}, async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: KEY };
  const { command, args, env: all } = cliCommand(["secret", "set", "A"], env);
  const words = [command, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("/usr/bin/script", ["-qefc", words, "/dev/null"], {
    env: all,
    stdio: "pipe",
  });
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const asked = shown.includes("Value of A: ");
    shown += text;
    // Typed once the question stands: before, the terminal would echo it.
    if (!asked && shown.includes("Value of A: ")) {
      setImmediate(() => child.stdin.write(`${VALUE}\r`));
    }
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(code, 0, shown);
  assert.match(shown, /^Value of A: \r?\nstored A\r?\n$/);
  assert.equal(await valueOf(t, home, "A", KEY), VALUE);
});

test("what a failed program writes into a pipe, nothing, replaces no value", async (t) => {
  const home = join(tempHome(t), "made");
  const secret = inHome(home, KEY);
  await secret(["set", "A"], VALUE);
  for (const input of ["", "\n"]) {
    assert.deepEqual(await secret(["set", "A"], input), {
      code: 2,
      stdout: "",
      stderr: "error: the value of A is empty, and nothing was changed; --allow-empty stores it\n",
    });
  }
  assert.equal(await valueOf(t, home, "A", KEY), VALUE);
  const other = await secret(["list", "--allow-empty"]);
  assert.deepEqual([other.code, other.stderr], [
    2,
    "error: --allow-empty: is only of secret set, not of secret list\n",
  ]);
});
