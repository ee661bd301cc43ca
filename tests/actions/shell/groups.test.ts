// How a tree of 200 processes that ignore SIGTERM and hold the pipes ends with its step.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { runCommand } from "../../../actions/shell/command.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { assertGroupDies, leaderOf, stubbornTree, treeOf } from "../../support/processes.ts";
import { scratch } from "../../support/scratch.ts";
import { openTestEngine, until } from "../../support/test-engine.ts";

test("a timeout leaves nothing of the group, whatever it ignores and holds", async (t) => {
  const place = scratch(t);
  const running = execute("shell.exec", { ...stubbornTree(place), timeout: "2s" });
  const { code, details } = await running.catch((error) => error);
  assert.deepEqual([code, details.exit_code, details.killed], ["TIMEOUT_ERROR", -1, true]);
  await assertGroupDies(leaderOf(place));
});

test("a cancel leaves nothing of the group", async (t) => {
  const place = scratch(t);
  const context = actionContext();
  const running = execute("shell.exec", stubbornTree(place), context);
  const leader = await treeOf(place);
  context.abort("the branch lost");
  await assert.rejects(running, failsWith("CANCELLED", /the branch lost/));
  await assertGroupDies(leader);
});

test("a step's own time limit leaves nothing of the group", async (t) => {
  const place = scratch(t);
  const engine = await openTestEngine();
  const running = engine.run([
    { id: "a", action: "shell.exec", params: stubbornTree(place), timeout: "10s" },
  ]);
  const leader = await treeOf(place);
  engine.clock.advance(10_000);
  assert.equal((await running).steps!.a!.error!.code, "TIMEOUT_ERROR");
  await assertGroupDies(leader);
});

test("a graceful stop leaves nothing of the group", async (t) => {
  const place = scratch(t);
  const engine = await openTestEngine();
  const steps = [{ id: "a", action: "shell.exec", params: stubbornTree(place) }];
  const { workflow_id } = await engine.run(steps, { wait_ms: 0 });
  const leader = await treeOf(place);
  const stopped = engine.opcode.stop();
  engine.clock.advance(10_000);
  await stopped;
  await assertGroupDies(leader);
  const next = await engine.crash();
  assert.equal((await next.opcode.status(workflow_id)).status, "suspended");
});

test("what left the group with the pipes delays a cancel no longer", async (t) => {
  const place = scratch(t);
  const controller = new AbortController();
  const running = runCommand({
    command: "/bin/sh",
    args: ["-c", "echo $$ > leader; setsid sleep 600 & echo $! > escaped"],
    cwd: place,
    env: { PATH: process.env.PATH! },
    stdin: "",
    timeoutMs: 3_600_000,
    mostOutput: 1_000,
    drainMs: 3_600_000,
    signal: controller.signal,
  });
  const written = () => ["leader", "escaped"].every((name) => existsSync(join(place, name)));
  await until(() => delay(1, written()), "both processes");
  await assertGroupDies(leaderOf(place));
  try {
    controller.abort();
    assert.equal((await running).exitCode, 0);
  } finally {
    process.kill(Number(readFileSync(join(place, "escaped"), "utf8")), "SIGKILL");
  }
});
