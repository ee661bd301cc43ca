// What a restart after a kill -9 tells of the programs that the daemon had started.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { spawnDaemon } from "../support/daemon.ts";
import { rest } from "../support/http.ts";
import { assertGroupDies, leaderOf } from "../support/processes.ts";
import { until } from "../support/test-engine.ts";

test("an interruption names each program, whether it still runs, and a retry says so", async (t) => {
  // So long that what is told to end and does not is still there when the next daemon asks.
  const env = { OPCODE_SHELL_KILL_GRACE: "30s" };
  const daemon = await spawnDaemon(t, { env });
  const program = (id: string, script: string) => ({
    id,
    action: "shell.exec",
    params: { workdir: daemon.home, command: "/bin/sh", args: ["-c", script] },
    timeout: "1h",
  });
  const wait = "while :; do sleep 0.1; done";
  const steps = [
    program("deaf", `trap '' TERM; exec 2> /dev/null; echo $$ > leader; : > deaf; ${wait}`),
    program("polite", `exec 2> /dev/null; : > polite; ${wait}`),
    program("over", "true"),
  ];
  const define = { name: "w", agent_id: "x", definition: { steps } };
  assert.equal((await rest(daemon.url, "POST", "/api/v1/templates", define)).status, 201);
  const { body: { workflow_id: id } } = await rest(daemon.url, "POST", "/api/v1/runs", {
    template_name: "w",
    agent_id: "x",
    wait_ms: 0,
  });
  const begun = ["deaf", "polite"].map((name) => join(daemon.home, name));
  await until(() => delay(5, begun.every((path) => existsSync(path))), "the programs");
  await until(async () => {
    const { body } = await rest(daemon.url, "GET", `/api/v1/runs/${id}`);
    return body.steps.over.status === "completed";
  }, "the one that ends");
  const leader = leaderOf(daemon.home);
  await daemon.kill();
  t.after(() => {
    try {
      process.kill(-leader, "SIGKILL");
    } catch {
      // It has gone.
    }
  });

  const next = await spawnDaemon(t, { home: daemon.home, env });
  const status = async () => (await rest(next.url, "GET", `/api/v1/runs/${id}`)).body;
  const told = () =>
    status().then(({ programs }) =>
      Object.fromEntries(
        programs.map(({ step_id, ...rest }: { step_id: string }) => [step_id, rest]),
      )
    );
  // It was told to end: how soon it does so is its own affair.
  await until(async () => await told().then(({ polite }) => !polite.running), "the polite one");
  const { interrupted, programs } = await status();
  assert.deepEqual(interrupted.toSorted(), ["deaf", "polite"]);
  assert.equal(programs.length, 2);
  assert.deepEqual((await told()).deaf, { pid: leader, command: "sh", running: true });
  const events = await rest(next.url, "GET", `/api/v1/events?workflow_id=${id}`);
  assert.ok(JSON.stringify(events.body).includes(`"pid":${leader}`));
  assert.match(next.log(), new RegExp(`"pid":${leader},"command":"sh"`));
  // Both are read when what ran then has long ended.
  assert.doesNotMatch(JSON.stringify(events.body) + next.log(), /"running":true/);

  const signal = (step_id: string, signal_type: string) =>
    rest(next.url, "POST", `/api/v1/runs/${id}/signal`, {
      signal_type,
      step_id,
      agent_id: "x",
      payload: {},
      wait_ms: 0,
    });
  assert.equal((await signal("polite", "skip")).body.programs, undefined);
  assert.deepEqual(Object.keys(await told()), ["deaf"]);
  const { body } = await signal("deaf", "retry");
  assert.deepEqual(body.programs, [{
    step_id: "deaf",
    pid: leader,
    command: "sh",
    running: true,
  }]);
  assert.equal((await status()).programs, undefined);
  await signal("deaf", "cancel");
  process.kill(-leader, "SIGKILL");
  await assertGroupDies(leader);
});
