// Whether `opcode settings` says what would stop a start, and says it as the start does.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";
import { tempHome } from "../support/daemon.ts";

const AGENT = { token_hash: `sha256:${"0".repeat(64)}` };

const FAULTS: [what: string, given: { file?: object; env?: Record<string, string> }, RegExp][] = [
  ["a value that breaks its rule", { file: { pool_size: "many" } }, /pool_size: must be/],
  ["the same in a variable", { env: { OPCODE_POOL_SIZE: "0" } }, /OPCODE_POOL_SIZE: must be/],
  ["a door for everybody", { env: { OPCODE_LISTEN_ADDR: "0.0.0.0:0" } }, /^error: listen_addr: /],
  ["agents without auth_token", { file: { agents: { a: AGENT } } }, /agents: need auth_token/],
  [
    "an action there is not",
    { env: { OPCODE_ACTIONS_DENY: "fs.reed" } },
    /actions.deny: "fs.reed"/,
  ],
  [
    "an action of an agent there is not",
    {
      file: { auth_token: "0123456789abcdef", agents: { a: { ...AGENT, allow: ["fs.reed"] } } },
    },
    /agents.a.allow: "fs.reed" names no action/,
  ],
  ["two keys of the vault", {
    env: { OPCODE_VAULT_KEY: "a long passphrase", OPCODE_VAULT_KEY_FILE: "/x" },
  }, /OPCODE_VAULT_KEY_FILE: OPCODE_VAULT_KEY is set, too/],
];

for (const [what, { file, env = {} }, words] of FAULTS) {
  test(`settings and start refuse alike: ${what}`, async (t) => {
    const home = tempHome(t);
    if (file) writeFileSync(join(home, "settings.json"), JSON.stringify(file), { mode: 0o600 });
    const given = { env: { OPCODE_LISTEN_ADDR: "127.0.0.1:0", ...env, OPCODE_HOME: home } };
    const [shown, started] = await Promise.all([
      runCli(["settings"], given),
      runCli(["serve"], given),
    ]);
    const told = ({ stderr }: { stderr: string }) =>
      stderr.split("\n").filter((line) => /^error/.test(line));
    assert.match(shown.stderr, words);
    assert.deepEqual(told(shown), told(started));
    assert.deepEqual([shown.code, started.code], [2, 2]);
    assert.equal(shown.stdout, "");
  });
}

test("a key that settings.json has twice is named with its place", async (t) => {
  const home = tempHome(t);
  writeFileSync(join(home, "settings.json"), '{\n  "pool_size": 3,\n  "pool_size": 4\n}');
  const { code, stderr } = await runCli(["settings"], { env: { OPCODE_HOME: home } });
  assert.equal(
    stderr,
    `error: ${home}/settings.json has the key "pool_size" twice in one object, the second time in ` +
      "line 3 column 3: remove one of them\n",
  );
  assert.equal(code, 2);
});

test("a path of a list that is not there is told, and the flag takes several in any form", async (t) => {
  const home = tempHome(t);
  const nowhere = join(home, "nowhere");
  const words = ["settings", "--fs-deny", nowhere, "--fs-deny", `${home}:/etc`, "--json"];
  const { stdout } = await runCli(words, { env: { OPCODE_HOME: home } });
  const { settings, warnings } = JSON.parse(stdout);
  const { value } = settings.find(({ name }: { name: string }) => name === "fs.deny");
  assert.deepEqual(value, [nowhere, home, "/etc"]);
  assert.deepEqual(warnings, [
    `--fs-deny: there is nothing at ${nowhere}: what appears there is denied, and nothing else`,
  ]);
  const help = (await runCli(["serve", "--help"])).stdout.replaceAll(/\s+/g, " ");
  assert.match(help, /--fs-read-only .{0,80}\(repeatable\), in place of the list in/);
});

test("what agent-token prints is a settings.json with which a daemon may start", async (t) => {
  const home = tempHome(t);
  const env = { OPCODE_HOME: home };
  const { stderr } = await runCli(["agent-token", "bot"], { env });
  const block = stderr.slice(stderr.indexOf("{"), stderr.lastIndexOf("}") + 1);
  writeFileSync(join(home, "settings.json"), block, { mode: 0o600 });
  assert.equal((await runCli(["settings"], { env })).code, 0);
  // One auth_token is enough.
  const again = JSON.parse((await runCli(["agent-token", "other", "--json"], { env })).stdout);
  assert.deepEqual(Object.keys(again.settings), ["agents"]);
  for (const name of ["", " ", "a\nb", "x".repeat(129)]) {
    const refused = await runCli(["agent-token", name], { env });
    assert.match(refused.stderr, /^error: NAME: must have 1 to 128 printable characters, got "/);
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  }
});
