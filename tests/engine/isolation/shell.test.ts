// Whether shell.exec in a cell answers as it does without one, and what is left of a program that leaves its group.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import type { OpcodeError } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import { createIsolation } from "../../../engine/isolation/isolation.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { detached, isolationSettings, needsLinux } from "../../support/isolation.ts";
import { assertDies } from "../../support/processes.ts";
import { scratch } from "../../support/scratch.ts";
import { until } from "../../support/test-engine.ts";

const isolation = createIsolation(isolationSettings())!;
const BRIEF = { ...DEFAULT_HOST_LIMITS, shellKillGraceMs: 100 };
const held = (more = {}) => actionContext({ host: { isolation, limits: BRIEF, ...more } });

const inOrder = (lines: string) => lines.split("\n").toSorted().join("\n");

/** What is bounded by control groups enters them by a shell, where they can be had. */
const bounded = createIsolation(isolationSettings({ maxMemory: 2 ** 31, maxPids: 1_000 }))!;

/** Bare, in a cell, and in one with bounds; the durations differ. */
async function each(params: JsonObject): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  const bare = actionContext({ host: { limits: BRIEF } });
  for (const context of [bare, held(), held({ isolation: bounded })]) {
    const outcome = await execute("shell.exec", params, context).catch((error: OpcodeError) => {
      const { code, message, details } = error;
      return { code, message, details };
    });
    const { duration_ms: _, ...rest } = outcome.details ?? outcome;
    // In which order variables stand is nobody's business.
    if (params.command === "env") rest.stdout_raw = rest.stdout = inOrder(rest.stdout);
    outcomes.push(outcome.details ? { ...outcome, details: rest } : rest);
  }
  return outcomes;
}

describe("a cell changes nothing of", { skip: needsLinux }, () => {
  const sh = (command: string, more: JsonObject = {}) => ({ command, shell: true, ...more });
  const cases: Record<string, JsonObject> = {
    "output and exit code": sh("echo out; echo err >&2; exit 42"),
    "an end by a signal": sh("kill -SEGV $$"),
    "an end by SIGKILL": sh("kill -KILL $$"),
    "exit codes that shells use for signals": sh("exit 137"),
    "exit codes that mean a program was not started": sh("echo 'opcode-1: failed' >&2; exit 127"),
    "126 as an exit code": sh("exit 126"),
    "standard input": { command: "cat", stdin: "x".repeat(300_000) },
    "no standard input": { command: "cat" },
    "arguments": { command: "printf", args: ["<%s>", "", "a b", "--", "-n", "'", "é\n"] },
    "a program whose name begins with a dash": { command: "-x" },
    "a program whose name has an equals sign": { command: "a=b" },
    "an environment that shells touch": {
      command: "env",
      env: { _: "x", OLDPWD: "/q", SHLVL: "7", OPTIND: "3", PPID: "1", PS1: "$ ", "-u": "a b" },
    },
    "the environment": { command: "env", env: { "a.b-c": "1", IFS: ":", PWD: "/none", UID: "7" } },
    "the working directory": { command: "pwd", workdir: "/usr" },
    "one that is not there": { command: "pwd", workdir: "/nowhere" },
    "a command that is not there": { command: "no-such-command-here" },
    "a line for a command": { command: "echo hi" },
    "a file that is not executable": { command: "/etc/passwd" },
    "a directory": { command: "/usr" },
    "a file below a file": { command: "/etc/passwd/x" },
    "a time limit": { command: "sleep", args: ["60"], timeout: "100ms" },
    "fail_on_error": sh("echo no >&2; exit 3", { fail_on_error: true }),
    "arguments that are too long": { command: "true", args: ["x".repeat(200_000)] },
    "the leader of the group": sh('[ "$(ps -o pgid= $$ | tr -d " ")" = "$$" ]'),
    "the name of the program": sh('tr "\\0" " " < /proc/$$/cmdline'),
  };
  for (const [name, params] of Object.entries(cases)) {
    test(name, async () => {
      const [bare, celled, inGroup] = await each(params);
      assert.deepEqual(celled, bare);
      assert.deepEqual(inGroup, bare);
    });
  }

  test("a script without #! and one whose interpreter is missing", async (t) => {
    const place = scratch(t);
    const plain = join(place, "plain");
    const broken = join(place, "broken");
    writeFileSync(plain, "echo plain\n", { mode: 0o755 });
    writeFileSync(broken, "#!/no/interpreter\n", { mode: 0o755 });
    for (const command of [plain, broken]) {
      const [bare, celled, inGroup] = await each({ command });
      assert.deepEqual(celled, bare);
      assert.deepEqual(inGroup, bare);
    }
  });
});

describe("what has left its group", { skip: needsLinux }, () => {
  test("ends with a timeout, setsid, double fork and an empty environment or not", async (t) => {
    const place = scratch(t);
    const running = execute("shell.exec", { ...detached(place), timeout: "2s" }, held());
    await assert.rejects(running, failsWith("TIMEOUT_ERROR"));
    await assertDies(Number(readFileSync(join(place, "stray"), "utf8")));
  });

  test("is told to end before it is killed, once", async (t) => {
    const place = scratch(t);
    const context = actionContext({ host: { isolation } });
    const running = execute("shell.exec", detached(place, "echo told >> told; exit 0"), context);
    await until(() => delay(5, existsSync(join(place, "stray"))), "the stray");
    context.abort();
    await assert.rejects(running, failsWith("CANCELLED"));
    await assertDies(Number(readFileSync(join(place, "stray"), "utf8")));
    assert.equal(readFileSync(join(place, "told"), "utf8"), "told\n");
  });

  test("and ignores SIGTERM is killed by a cancel after the grace", async (t) => {
    const place = scratch(t);
    const context = held();
    const running = execute("shell.exec", detached(place, ""), context);
    await until(() => delay(5, existsSync(join(place, "stray"))), "the stray");
    context.abort();
    await assert.rejects(running, failsWith("CANCELLED"));
    await assertDies(Number(readFileSync(join(place, "stray"), "utf8")));
  });

  test("lives on when its step has ended by itself", async (t) => {
    const place = scratch(t);
    const { command, ...rest } = detached(place);
    const leaves = `${command!.slice(0, -"; wait; sleep 600".length)}; ` +
      "while [ ! -e stray ]; do sleep 0.01; done";
    const { exit_code } = await execute("shell.exec", { ...rest, command: leaves }, held());
    const stray = Number(readFileSync(join(place, "stray"), "utf8"));
    t.after(() => process.kill(stray, "SIGKILL"));
    assert.equal(exit_code, 0);
    assert.ok(process.kill(stray, 0));
  });

  test("is found although a login has set its limits anew", async (t) => {
    const place = scratch(t);
    const script = "prlimit --rttime=1152921504606846976 --pid $$; echo $$ > stray; sleep 600";
    const params = { workdir: place, command: "setsid", args: ["-w", "sh", "-c", script] };
    const running = execute("shell.exec", { ...params, timeout: "2s" }, held());
    await assert.rejects(running, failsWith("TIMEOUT_ERROR"));
    await assertDies(Number(readFileSync(join(place, "stray"), "utf8")));
  });
});

test("what was held is noted, also of a program that fails", { skip: needsLinux }, async () => {
  const context = held();
  await execute("shell.exec", { command: "true" }, context);
  await assert.rejects(execute("shell.exec", { command: "nothing" }, context));
  const report = { enforced: ["tree"], unavailable: [] };
  assert.deepEqual(context.recorded.isolation, [report, report]);
});

test("without isolation nothing is noted, and nothing stands before the program", async () => {
  const context = actionContext();
  await execute("shell.exec", { command: "true" }, context);
  assert.deepEqual(context.recorded.isolation, []);
  assert.equal(createIsolation(isolationSettings({ mode: "off" })), undefined);
});
