// Whether `opcode service` starts, shows, restarts and stops the daemon of a data directory where nobody else sees to it.

import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCli } from "../support/cli.ts";
import { endDaemonOf, spawnDaemon, tempHome } from "../support/daemon.ts";
import { scratch } from "../support/scratch.ts";
import { NO_FILE } from "../support/store-env.ts";

const managed = existsSync("/run/systemd/system") && "systemd runs this machine";

/** `opcode service WORDS` of a user whose files are in a folder of their own. */
function user(t: TestContext, home = tempHome(t)) {
  const env = { HOME: scratch(t), OPCODE_HOME: home, OPCODE_LISTEN_ADDR: "127.0.0.1:0" };
  endDaemonOf(t, home);
  const service = (...words: string[]) => runCli(["service", ...words], { env });
  const status = async () => JSON.parse((await service("status", "--json")).stdout);
  return { home, env, service, status };
}

test(
  "a daemon in the background: started, shown, restarted, stopped",
  { skip: managed },
  async (t) => {
    const { home, service, status } = user(t);
    assert.deepEqual(await status(), {
      kind: "detached",
      because: "systemd does not run this machine (it is not PID 1)",
      home,
      definition: null,
      starts_by_itself: false,
      daemon: null,
    });
    const started = await service("start");
    assert.equal(started.code, 0, started.stderr);
    assert.equal((await service("status", "--check")).code, 0);
    assert.match(
      started.stdout,
      new RegExp(`^the daemon of ${home} serves http://127\\.0\\.0\\.1:\\d+ `),
    );
    const { daemon: first } = await status();
    assert.ok(started.stdout.includes(first.url));
    assert.equal((await (await fetch(`${first.url}/healthz`)).json()).status, "ok");
    const again = JSON.parse((await service("start", "--json")).stdout);
    assert.equal(again.daemon.pid, first.pid, "one that runs is left alone");
    const { daemon: second } = JSON.parse((await service("restart", "--json")).stdout);
    assert.notEqual(second.pid, first.pid);
    const logged = await service("logs", "--lines", "2");
    assert.equal(logged.stdout.trim().split("\n").length, 2, logged.stdout);
    assert.match(logged.stdout, /listening/);
    assert.match((await service("stop")).stdout, /^stopped the daemon of /);
    assert.equal((await status()).daemon, null);
    const checks = await Promise.all([service("status"), service("status", "--check")]);
    assert.deepEqual(checks.map(({ code }) => code), [0, 1]);
    assert.match((await service("stop")).stdout, /^no daemon runs for /);
    const gone = await service("uninstall");
    assert.match(gone.stdout, /no service is installed .*\nits data are still there/);
    assert.ok(existsSync(join(home, NO_FILE ? "instance" : "opcode.db")));
  },
);

test(
  "a daemon that was started by hand is stopped and started again, too",
  { skip: managed },
  async (t) => {
    const home = tempHome(t);
    const daemon = await spawnDaemon(t, { home });
    const { service } = user(t, home);
    const restarted = await service("restart", "--json");
    assert.equal(restarted.code, 0, restarted.stderr);
    assert.notEqual(JSON.parse(restarted.stdout).daemon.pid, daemon.pid);
    assert.equal(daemon.child.exitCode, 0);
  },
);

test("one that does not come up is told with its last words", { skip: managed }, async (t) => {
  const { home, service } = user(t);
  writeFileSync(join(home, "settings.json"), '{"pool_size": 0}');
  const { code, stderr } = await service("start");
  assert.equal(code, 1);
  assert.match(stderr, /the daemon ended at once: .*pool_size: must be a whole number/);
});

test("what it takes is said where it is mistyped", async (t) => {
  const { service } = user(t);
  const answers = await Promise.all([
    service("strat"),
    service("start", "--follow"),
    service("logs", "--json"),
    service("status", "--url", "http://127.0.0.1:1"),
  ]);
  assert.deepEqual(answers.map(({ code }) => code), [2, 2, 2, 2]);
  assert.match(answers[0]!.stderr, /did you mean "start"/);
});
