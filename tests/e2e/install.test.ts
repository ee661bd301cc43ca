// Whether `opcode install` leaves a daemon that runs with what was asked for, and keeps what was there.

import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../support/cli.ts";
import { endDaemonOf, tempHome } from "../support/daemon.ts";
import { scratch } from "../support/scratch.ts";

const managed = existsSync("/run/systemd/system") && "systemd runs this machine";
const PASSPHRASE = "correct horse battery";

/** A person whose files are in folders of their own. */
function person(t: TestContext) {
  const data = join(tempHome(t), "data");
  const home = scratch(t);
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, ".config"),
    XDG_DATA_HOME: join(home, ".local/share"),
    OPCODE_HOME: data,
  };
  endDaemonOf(t, data);
  return {
    data,
    env,
    cli: (args: string[], input = "", more: Record<string, string> = {}) =>
      runCli(args, { env: { ...env, ...more }, input }),
    settings: () => JSON.parse(readFileSync(join(data, "settings.json"), "utf8")),
    mode: (name: string) => (statSync(join(data, name)).mode & 0o777).toString(8),
  };
}

test("a bare home: settings, token, a daemon with an open vault; then only what is given changes", {
  skip: managed,
}, async (t) => {
  const { data, env, cli, settings, mode } = person(t);
  const first = await cli([
    ...["install", "--json", "--listen-addr", "127.0.0.1:0", "--panel"],
    ...["--token", "--vault-key-stdin"],
  ], `${PASSPHRASE}\n`);
  assert.equal(first.code, 0, first.stderr);
  const { daemon, mcp_url, panel_url, vault, service, completions } = JSON.parse(first.stdout);
  assert.deepEqual([vault, service.kind, service.definition], ["unlocked", "detached", null]);
  assert.ok(completions.length > 0);
  for (const file of completions) assert.ok(file.startsWith(env.HOME) && existsSync(file), file);
  assert.match(service.notes[0], /does not start by itself after a reboot/);
  assert.deepEqual([mcp_url, panel_url], [`${daemon.url}/mcp`, `${daemon.url}/`]);
  assert.deepEqual([mode("."), mode("settings.json"), mode("auth-token")], ["700", "600", "600"]);
  const written = {
    listen_addr: "127.0.0.1:0",
    panel: true,
    auth_token_file: join(data, "auth-token"),
  };
  assert.deepEqual(settings(), written);
  assert.equal((await fetch(`${daemon.url}/api/v1/runs`)).status, 401);
  // Nobody finds the key where every process of this user may look.
  for (const what of ["cmdline", "environ"]) {
    assert.ok(!readFileSync(`/proc/${daemon.pid}/${what}`, "utf8").includes(PASSPHRASE), what);
  }

  const again = await cli(
    [
      "install",
      "--pool-size",
      "3",
      "--log-level",
      "debug",
      "--max-steps",
      "9",
      "--vault-key",
      PASSPHRASE,
    ],
    "",
    { OPCODE_LOG_LEVEL: "warn" },
  );
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(settings(), { ...written, pool_size: 3, log_level: "debug", max_steps: 9 });
  assert.match(again.stdout, /^changed at once: log_level, pool_size$/m);
  assert.match(again.stdout, /^after a restart: max_steps/m);
  assert.match(again.stderr, /^--vault-key: everybody .* can read it in the list of processes/m);
  assert.match(again.stderr, /^log_level: OPCODE_LOG_LEVEL of this environment counts/m);
  assert.match(
    again.stderr,
    /^the vault is open until .* locked after a reboot: .* secret unlock/m,
  );
  assert.ok(again.stdout.includes(`MCP: ${mcp_url}`));
  assert.ok(again.stdout.includes(`(process ${daemon.pid},`), "the same daemon");

  writeFileSync(join(data, "settings.json"), '{"panel": tr');
  const broken = await cli(["install", "--pool-size", "4"]);
  assert.equal(broken.code, 2);
  assert.match(broken.stderr, /settings\.json is not JSON/);
  assert.equal(readFileSync(join(data, "settings.json"), "utf8"), '{"panel": tr');
});

test("a key that is to be kept opens the vault at every start; a wrong one is not kept", {
  skip: managed,
}, async (t) => {
  const { cli, mode, data } = person(t);
  const arguments_ = ["install", "--no-start", "--save-vault-key", "--vault-key-stdin"];
  const kept = await cli([...arguments_, "--listen-addr", "127.0.0.1:0"], PASSPHRASE);
  assert.equal(kept.code, 0, kept.stderr);
  assert.match(kept.stdout, /^nothing was started: .* service start$/m);
  assert.equal(mode("vault-key"), "600");
  const wrong = await cli(arguments_, "not the passphrase");
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /VAULT_ERROR/);
  assert.equal(readFileSync(join(data, "vault-key"), "utf8"), PASSPHRASE);
  assert.equal((await cli(["service", "start"])).code, 0);
  const { vault } = JSON.parse((await cli(["secret", "list", "--json"])).stdout);
  assert.equal(vault, "unlocked");
  await cli(["service", "stop"]);
});

test("a file of settings that nobody gave any is said not to be there", {
  skip: managed,
}, async (t) => {
  const { cli, data } = person(t);
  for (const what of ["not there: none was given", "listen_addr", "unchanged"]) {
    const given = what === "listen_addr" ? ["--listen-addr", "127.0.0.1:0"] : [];
    const { code, stdout, stderr } = await cli(["install", "--no-start", ...given]);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.startsWith(`settings: ${join(data, "settings.json")} (${what})\n`), stdout);
  }
});

test("what would not start is refused before anything is written", async (t) => {
  const { cli, data } = person(t);
  const answers = await Promise.all([
    cli(["install", "--listen-addr", "0.0.0.0:4100"]),
    cli(["install", "--pool-size", "none"]),
    cli(["install", "--no-start", "--vault-key-stdin"], PASSPHRASE),
    cli(["install", "--save-vault-key"]),
    cli(["install", "--token", "--auth-token-file", "x"]),
  ]);
  assert.deepEqual(
    answers.map(({ code }) => code),
    [2, 2, 2, 2, 2],
    answers.map((a) => a.stderr).join(),
  );
  assert.match(answers[0]!.stderr, /set auth_token/);
  assert.equal(existsSync(data), false);
});
