// How a tree of 200 processes that ignore SIGTERM and hold the pipes ends with its step.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { JsonObject } from "../../../core/json.ts";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import { runCommand } from "../../../actions/shell/command.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { assertGroupDies, leaderOf, stubbornTree, treeOf } from "../../support/processes.ts";
import { scratch } from "../../support/scratch.ts";
import { openTestEngine, settle, until } from "../../support/test-engine.ts";

/** Who ignores that it is told to end gains nothing by more time. */
const BRIEF = { ...DEFAULT_HOST_LIMITS, shellKillGraceMs: 100 };

test("a timeout leaves nothing of the group, whatever it ignores and holds", async (t) => {
  const place = scratch(t);
  const context = actionContext({ host: { limits: BRIEF } });
  const running = execute("shell.exec", { ...stubbornTree(place), timeout: "2s" }, context);
  const { code, details } = await running.catch((error) => error);
  assert.deepEqual([code, details.exit_code, details.killed], ["TIMEOUT_ERROR", -1, true]);
  await assertGroupDies(leaderOf(place));
});

test("a cancel leaves nothing of the group", async (t) => {
  const place = scratch(t);
  const context = actionContext({ host: { limits: BRIEF } });
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

/** Holds a lock that it gives back when it is told to end. */
function locking(place: string): JsonObject {
  return {
    workdir: place,
    shell: true,
    command: "trap 'rm lock; echo freed; exit 0' TERM; : > lock; sleep 600 & wait",
  };
}
const locked = (place: string) =>
  until(() => delay(1, existsSync(join(place, "lock"))), "the lock");

test("a program that is cancelled can free its lock", async (t) => {
  const place = scratch(t);
  const context = actionContext();
  const running = execute("shell.exec", locking(place), context);
  await locked(place);
  context.abort("the branch lost");
  await assert.rejects(running, failsWith("CANCELLED", /the branch lost/));
  assert.ok(!existsSync(join(place, "lock")));
});

test("so can one whose own timeout is over, and its last words are kept", async (t) => {
  const place = scratch(t);
  const running = execute("shell.exec", { ...locking(place), timeout: "1s" });
  const { code, details } = await running.catch((error) => error);
  assert.deepEqual([code, details.exit_code, details.stdout_raw], ["TIMEOUT_ERROR", 0, "freed\n"]);
  assert.ok(!existsSync(join(place, "lock")));
});

test("so can one whose step's or run's timeout is over, or whose run is cancelled", async (t) => {
  for (const how of ["step", "run", "cancel"]) {
    const place = scratch(t);
    const engine = await openTestEngine();
    const step = { id: "a", action: "shell.exec", params: locking(place) };
    const limited = how === "step" ? { ...step, timeout: "10s" } : step;
    await engine.define("w", [limited], how === "run" ? { definition: { timeout: "10s" } } : {});
    const { workflow_id } = await engine.opcode.run({
      template_name: "w",
      agent_id: "test",
      wait_ms: 0,
    });
    await locked(place);
    if (how !== "cancel") engine.clock.advance(10_000);
    else await engine.opcode.signal({ workflow_id, agent_id: "x", signal_type: "cancel" });
    await until(() => delay(1, !existsSync(join(place, "lock"))), `the end of the lock: ${how}`);
  }
});

test("the next attempt begins once the program of the last one is gone", async (t) => {
  const place = scratch(t);
  const engine = await openTestEngine();
  const command = "[ -e lock ] && exit 7; trap '' TERM; : > lock; sleep 2; rm lock; sleep 600";
  const running = engine.run([{
    id: "a",
    action: "shell.exec",
    params: { workdir: place, shell: true, command, fail_on_error: true },
    timeout: "10s",
    retry: { max: 1, delay: "1ms" },
  }]);
  for (const attempt of [1, 2]) {
    await locked(place);
    engine.clock.advance(10_000);
    await settle();
    engine.clock.advance(1_000);
    if (attempt === 1) {
      await until(() => delay(1, !existsSync(join(place, "lock"))), "the first one's end");
    }
  }
  const { error } = (await running).steps!.a!;
  assert.equal(JSON.stringify(error).includes("exited with code 7"), false);
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
    killGraceMs: 0,
    owner: "test",
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
