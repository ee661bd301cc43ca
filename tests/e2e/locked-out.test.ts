// Whether a fault of the settings keeps somebody from the daemon that runs.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";
import { spawnDaemon, startTestDaemon, tempHome } from "../support/daemon.ts";
import { startBridge } from "../support/stdio.ts";

const BROKEN = `{"panel":tru}`;

test("settings.json that is no JSON keeps nobody from the daemon that runs, nor from stopping it", async (t) => {
  const { home, url, child } = await spawnDaemon(t);
  const path = join(home, "settings.json");
  writeFileSync(path, BROKEN);
  const env = { OPCODE_HOME: home };
  const asked = [["ps"], ["logs"], ["status"], ["secret", "list"], ["prune", "--dry-run"]];
  for (const words of asked) {
    const { code, stderr } = await runCli(words, { env });
    assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
    const told = stderr.split("\n").filter((line) => line.startsWith("warning: "));
    assert.equal(told.length, 1, stderr);
    assert.ok(told[0]!.startsWith(`warning: ${path} is not JSON: `), stderr);
    assert.match(told[0]!, /the daemon that runs is asked all the same/);
  }
  const named = await runCli(["--url", url, "ps"], { env });
  assert.deepEqual([named.code, named.stderr], [0, ""]);
  assert.equal((await runCli(["serve"], { env })).code, 2);
  const stopped = await runCli(["stop"], { env });
  assert.equal(stopped.code, 0, stopped.stderr);
  assert.notEqual(child.exitCode ?? child.signalCode, null);
  // Without a daemon the fault is what there is to say.
  const none = await runCli(["ps"], { env });
  assert.deepEqual([none.code, none.stdout], [2, ""]);
  assert.ok(none.stderr.startsWith(`error: ${path} is not JSON: `), none.stderr);
});

test("opcode mcp joins the daemon that runs, whatever settings.json has become", async (t) => {
  const { home } = await startTestDaemon(t);
  writeFileSync(join(home, "settings.json"), BROKEN);
  const bridge = startBridge(t, { env: { OPCODE_HOME: home } });
  assert.equal((await bridge.initialize()).serverInfo.name, "opcode");
  assert.match(bridge.stderr(), /^warning: .*settings\.json is not JSON/);
});

test("the token of settings is carried though another value of them breaks its rule", async (t) => {
  const home = tempHome(t);
  const auth_token = "0123456789abcdef";
  await startTestDaemon(t, { home, settings: { auth_token } });
  const path = join(home, "settings.json");
  const env = { OPCODE_HOME: home };
  writeFileSync(path, JSON.stringify({ auth_token, pool_size: "many" }), { mode: 0o600 });
  const carried = await runCli(["ps"], { env });
  assert.equal(carried.code, 0, carried.stderr);
  assert.match(carried.stderr, /^warning: \S+settings\.json: pool_size: must be /);
  writeFileSync(path, BROKEN);
  const refused = await runCli(["ps", "--json"], { env });
  const { error } = JSON.parse(refused.stdout);
  assert.equal(error.code, "PERMISSION_DENIED");
  assert.match(error.message, /set OPCODE_AUTH_TOKEN to the daemon's auth_token/);
  assert.equal((await runCli(["ps"], { env: { ...env, OPCODE_AUTH_TOKEN: auth_token } })).code, 0);
});
