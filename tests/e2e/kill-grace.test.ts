// How programs end with their daemon: told to, with a grace, and killed after it.

import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readDaemonFile } from "../../server/home-files.ts";
import { spawnDaemon, tempHome } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { assertGroupDies, leaderOf } from "../support/processes.ts";
import { atTerminal, noTerminal } from "../support/terminal.ts";
import { until } from "../support/test-engine.ts";

/** Were the grace part of the time for steps, programs would be told to end at once. */
const LONG_GRACE = { OPCODE_SHELL_KILL_GRACE: "8s" };

/** Starts a run of a program that ends by itself after two seconds; answers once it has begun. */
async function twoSeconds({ home, url }: { home: string; url: string }): Promise<string> {
  const params = { workdir: home, shell: true, command: ": > begun; sleep 2; echo ended" };
  const steps = [{ id: "a", action: "shell.exec", params }];
  const define = { name: "w", agent_id: "x", definition: { steps } };
  assert.equal((await rest(url, "POST", "/api/v1/templates", define)).status, 201);
  const run = { template_name: "w", agent_id: "x" };
  const { body } = await rest(url, "POST", "/api/v1/runs", run);
  await until(() => delay(5, existsSync(join(home, "begun"))), "the program");
  // It has gone on since it started the program.
  await rest(url, "GET", "/healthz");
  return body.workflow_id;
}

async function assertCompleted(t: TestContext, home: string, id: string): Promise<void> {
  const { url } = await spawnDaemon(t, { home });
  const { body } = await rest(url, "GET", `/api/v1/runs/${id}`);
  assert.equal(body.status, "completed", JSON.stringify(body));
  assert.equal(body.steps.a.output.stdout, "ended\n");
}

/** A daemon with a program that has its lock and will not end by itself. */
async function holding(t: TestContext, trap: string, env: Record<string, string> = {}) {
  const daemon = await spawnDaemon(t, { env });
  const params = {
    workdir: daemon.home,
    shell: true,
    // A shell tells of a child that was killed, and would die of the pipe that went with its daemon.
    command:
      `exec 2> /dev/null; trap '${trap}' TERM; echo $$ > leader; : > lock; while :; do sleep 0.1; done`,
  };
  const steps = [{ id: "a", action: "shell.exec", params, timeout: "1h" }];
  const define = { name: "w", agent_id: "x", definition: { steps } };
  assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", define)).status, 201);
  const run = { template_name: "w", agent_id: "x" };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", run);
  const lock = join(daemon.home, "lock");
  await until(() => delay(5, existsSync(lock)), "the lock");
  // It has gone on since it started the program.
  await rest(daemon.url, "GET", "/healthz");
  return { daemon, lock, id: body.workflow_id as string };
}

describe("a stop", { concurrency: true }, () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`lets a program end that does so in its eight seconds, told once or twice, ${signal}`, async (t) => {
      const daemon = await spawnDaemon(t, { env: LONG_GRACE });
      const id = await twoSeconds(daemon);
      const gone = once(daemon.child, "close");
      daemon.child.kill(signal);
      // A launcher tells it again.
      daemon.child.kill(signal);
      await gone;
      assert.equal(daemon.child.exitCode, 0);
      await assertCompleted(t, daemon.home, id);
    });
  }

  test("by Ctrl-C at a terminal does not reach the program", { skip: noTerminal }, async (t) => {
    const home = tempHome(t);
    const env = { ...LONG_GRACE, OPCODE_HOME: home };
    const terminal = atTerminal(t, ["serve", "--listen-addr", "127.0.0.1:0"], env);
    await terminal.sees("listening");
    const id = await twoSeconds({ home, url: readDaemonFile(home)!.url });
    terminal.type("\x03");
    assert.equal(await terminal.ends(), 0, terminal.shown);
    await assertCompleted(t, home, id);
  });

  test("lets one that does not free its lock, and its run is interrupted", async (t) => {
    const { daemon, lock, id } = await holding(t, "rm lock; exit 0");
    assert.equal(await daemon.stop(), 0);
    assert.ok(!existsSync(lock));
    const next = await spawnDaemon(t, { home: daemon.home });
    const { body } = await rest(next.url, "GET", `/api/v1/runs/${id}`);
    assert.deepEqual([body.status, body.interrupted], ["suspended", ["a"]]);
  });

  test("ends in time without one that ignores it, which has shell.kill_grace and is named", async (t) => {
    const env = { OPCODE_SHELL_KILL_GRACE: "4s" };
    const { daemon, id } = await holding(t, "echo told >> told", env);
    const leader = leaderOf(daemon.home);
    const started = performance.now();
    assert.equal(await daemon.stop(), 0);
    t.diagnostic(`stopped after ${Math.round(performance.now() - started)} ms`);
    const next = await spawnDaemon(t, { home: daemon.home });
    const { body } = await rest(next.url, "GET", `/api/v1/runs/${id}`);
    assert.deepEqual(body.programs?.map(({ pid }: { pid: number }) => pid), [leader]);
    await assertGroupDies(leader);
    assert.equal(readFileSync(join(daemon.home, "told"), "utf8"), "told\n");
  });
});

test("kill -9 of the daemon: its programs are told to end, and are killed after the grace", async (t) => {
  for (const trap of ["rm lock; exit 0", ""]) {
    const { daemon, lock } = await holding(t, trap, { OPCODE_SHELL_KILL_GRACE: "1s" });
    const leader = leaderOf(daemon.home);
    await daemon.kill();
    await assertGroupDies(leader);
    assert.equal(existsSync(lock), trap === "");
  }
});

test("a program that ended before the daemon died left on purpose what lives on", async (t) => {
  const daemon = await spawnDaemon(t, { env: { OPCODE_SHELL_KILL_GRACE: "1s" } });
  const params = {
    workdir: daemon.home,
    shell: true,
    command: "sleep 600 > /dev/null 2>&1 & echo $! > left",
  };
  const steps = [{ id: "a", action: "shell.exec", params }];
  const define = { name: "w", agent_id: "x", definition: { steps } };
  await rest(daemon.url, "POST", "/api/v1/templates", define);
  const run = { template_name: "w", agent_id: "x", wait_ms: 10_000 };
  const { body } = await rest(daemon.url, "POST", "/api/v1/runs", run);
  assert.equal(body.status, "completed");
  const left = Number(readFileSync(join(daemon.home, "left"), "utf8"));
  // Of the next program it is told when the daemon dies, of the former no more.
  const second = await holding(t, "rm lock; exit 0");
  await second.daemon.kill();
  await daemon.kill();
  await assertGroupDies(leaderOf(second.daemon.home));
  assert.ok(process.kill(left, 0));
  process.kill(left, "SIGKILL");
});

test("a cancel over REST lets it free its lock too", async (t) => {
  const { daemon, lock, id } = await holding(t, "rm lock; exit 0");
  const signal = { signal_type: "cancel", agent_id: "x" };
  const { status } = await rest(daemon.url, "POST", `/api/v1/runs/${id}/signal`, signal);
  assert.equal(status, 200);
  await until(() => delay(5, !existsSync(lock)), "the end of the lock");
});
