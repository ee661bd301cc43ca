// What a start, or a secret, that fails leaves in the file system: nothing that was not there.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { runCli } from "../support/cli.ts";
import { afterwards, type Cleanup, tempHome } from "../support/daemon.ts";
import { aboutFiles } from "../support/store-env.ts";

aboutFiles();

/** A port that somebody else has on the first loopback. */
async function takenPort(t: Cleanup): Promise<number> {
  const other = createServer().listen(0, "127.0.0.1");
  afterwards(t, () => other.close());
  await new Promise((resolve) => other.once("listening", resolve));
  return (other.address() as AddressInfo).port;
}

const everythingBelow = (place: string) => readdirSync(place, { recursive: true }).toSorted();

/** What is wrong: arguments, environment, settings.json; and what is told. */
const FAILURES: [what: string, { args?: string[]; env?: Record<string, string> }, RegExp][] = [
  ["a port in use", {}, /is in use/],
  ["a bad flag", { args: ["--pool-size", "many"] }, /--pool-size/],
  ["a bad variable", { env: { OPCODE_DURABILITY: "some" } }, /OPCODE_DURABILITY/],
  ["a host of nobody", { args: ["--listen-addr", "192.0.2.1:0"] }, /auth_token|not an address/],
  ["a key that is none", { env: { OPCODE_VAULT_KEY: "hex:zz" } }, /OPCODE_VAULT_KEY/],
  ["no such key file", { env: { OPCODE_VAULT_KEY_FILE: "/nowhere/key" } }, /OPCODE_VAULT_KEY_FILE/],
  ["an action that is none", { args: ["--actions-deny", "fs.reed"] }, /fs\.reed/],
];

describe("a start that fails leaves nothing that was not there:", () => {
  for (const [what, { args = [], env = {} }, words] of FAILURES) {
    test(what, async (t) => {
      const port = what === "a port in use" ? await takenPort(t) : 0;
      const given = args[0] === "--listen-addr" ? [] : ["--listen-addr", `127.0.0.1:${port}`];
      const serve = (home: string, more: string[] = []) =>
        runCli(["serve", ...given, ...args, ...more], { env: { OPCODE_HOME: home, ...env } });

      const place = tempHome(t);
      const failed = await serve(join(place, "deep/home"), [
        "--db-path",
        join(place, "elsewhere/data.db"),
      ]);
      assert.notEqual(failed.code, 0);
      assert.match(failed.stderr, words);
      assert.deepEqual(everythingBelow(place), []);

      // What was there stays, to the byte.
      const home = join(place, "home");
      mkdirSync(home);
      writeFileSync(join(home, "settings.json"), "{}");
      await serve(home);
      assert.deepEqual(everythingBelow(place), ["home", "home/settings.json"]);
    });
  }

  test("a bad settings file, an agent's action that is none", async (t) => {
    const files = [
      '{"pool_size": "many"}',
      "{",
      '{"auth_token": "0123456789abcdef0123456789", ' +
      '"agents": {"a": {"token_sha256": "' + "0".repeat(64) + '", "allow": ["fs.reed"]}}}',
    ];
    for (const text of files) {
      const home = tempHome(t);
      writeFileSync(join(home, "settings.json"), text);
      const { code, stderr } = await runCli(["serve", "--listen-addr", "127.0.0.1:0"], {
        env: { OPCODE_HOME: home },
      });
      assert.equal(code, 2, stderr);
      assert.deepEqual(everythingBelow(home), ["settings.json"], stderr);
    }
  });

  test("a database that is there already", async (t) => {
    const home = tempHome(t);
    const env = { OPCODE_HOME: home, OPCODE_VAULT_KEY: "a long passphrase" };
    assert.equal((await runCli(["secret", "set", "A"], { env, input: "v4lue" })).code, 0);
    const before = everythingBelow(home);
    const database = readFileSync(join(home, "opcode.db"));
    const { code } = await runCli(["serve", "--listen-addr", `127.0.0.1:${await takenPort(t)}`], {
      env,
    });
    assert.equal(code, 1);
    assert.deepEqual(everythingBelow(home), before);
    assert.deepEqual(readFileSync(join(home, "opcode.db")), database);
    assert.match((await runCli(["secret", "list"], { env })).stdout, /^A\b/m);
  });
});

test("a secret that is not stored leaves no data directory", async (t) => {
  const home = join(tempHome(t), "home");
  const cases: [args: string[], env: Record<string, string>][] = [
    [["set", "A"], {}],
    [["set", "A"], { OPCODE_VAULT_KEY: "hex:zz" }],
    [["set", "a b"], { OPCODE_VAULT_KEY: "a long passphrase" }],
    [["delete", "A"], {}],
    [["list"], {}],
  ];
  for (const [args, env] of cases) {
    await runCli(["secret", ...args], { env: { OPCODE_HOME: home, ...env }, input: "v4lue" });
    assert.ok(!existsSync(home), args.join(" "));
  }
  assert.ok(existsSync(dirname(home)));
});
