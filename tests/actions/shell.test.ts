// shell.exec: real processes, their output, their end, and the end of what they leave behind.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { DEFAULT_HOST_LIMITS } from "../../actions/action.ts";
import { runCommand } from "../../actions/shell/command.ts";
import type { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { actionContext, execute, failsWith } from "../support/action-context.ts";
import { assertDies, isDead } from "../support/processes.ts";

const run = (params: Json, context = actionContext()) => execute("shell.exec", params, context);
const sh = (command: string, more: JsonObject = {}, context = actionContext()) =>
  run({ command, shell: true, ...more }, context);

describe("stdout", () => {
  const kinds: [string, Json][] = [
    ['{"a": 1}', { a: 1 }],
    ["[1, 2]\n", [1, 2]],
    ["3\n", 3],
    ["  -1.5", -1.5],
    ["true", true],
    ["null", null],
    ['"quoted"', "quoted"],
    ["plain text\n", "plain text\n"],
    ['{"a":1}\n{"b":2}\n', '{"a":1}\n{"b":2}\n'],
    ["{broken", "{broken"],
    ["", ""],
  ];
  for (const [text, expected] of kinds) {
    test(JSON.stringify(text), async () => {
      const output = await run({ command: "printf", args: ["%s", text] });
      assert.deepEqual(output.stdout, expected);
      assert.equal(output.stdout_raw, text);
    });
  }

  test("beside stderr, exit code and duration", async () => {
    const output = await sh("echo out; echo err >&2; exit 42");
    assert.equal(typeof output.duration_ms, "number");
    assert.deepEqual({ ...output, duration_ms: 0 }, {
      stdout: "out\n",
      stdout_raw: "out\n",
      stderr: "err\n",
      exit_code: 42,
      duration_ms: 0,
      killed: false,
    });
  });
});

describe("the command", () => {
  test("is not split into words without a shell", async () => {
    await assert.rejects(
      run({ command: "echo hi" }),
      failsWith("EXECUTION_ERROR", /echo hi: command not found/),
    );
    assert.equal((await sh("no-such-command-here 2>/dev/null")).exit_code, 127);
  });

  test("must be executable, and given", async () => {
    await assert.rejects(
      run({ command: "/etc/passwd" }),
      failsWith("EXECUTION_ERROR", /is not executable/),
    );
    await assert.rejects(run({}), failsWith("VALIDATION_ERROR", /params\.command: is required/));
    await assert.rejects(run({ command: "" }), failsWith("VALIDATION_ERROR", /must not be empty/));
    await assert.rejects(run({ command: "a\0b" }), failsWith("VALIDATION_ERROR", /NUL/));
  });

  test("args stay single words, with and without a shell", async () => {
    const args = ["a b", "'", '"', "$HOME", "; id -u", "`id`", "*", "\\", "new\nline", "", 5, true];
    const expected = args.map((arg) => `<${arg}>`).join("");
    const output = await run({ command: "printf", args: ["<%s>", ...args] });
    assert.equal(output.stdout, expected);
    assert.equal((await sh("printf '<%s>'", { args })).stdout, expected);
    assert.equal((await sh("echo", { args: ["hello", "world"] })).stdout, "hello world\n");
  });

  test("reads stdin, and may leave it unread", async () => {
    assert.deepEqual((await run({ command: "cat", stdin: { a: 1 } })).stdout, { a: 1 });
    assert.equal((await run({ command: "cat" })).stdout, "");
    assert.equal((await run({ command: "true", stdin: "x".repeat(1_000_000) })).exit_code, 0);
  });

  test("10 MB that a program never reads, or only a survivor could, hold nothing up", async () => {
    const stdin = "x".repeat(10_000_000);
    assert.equal((await run({ command: "true", stdin })).exit_code, 0);
    assert.equal((await sh("exec <&-; echo closed", { stdin })).stdout, "closed\n");
    const output = await sh("exec 3<&0; sleep 600 <&3 >/dev/null 2>&1 & echo $!", { stdin });
    process.kill(output.stdout, "SIGKILL");
    assert.equal(output.exit_code, 0);
    const counted = await run({ command: "wc", args: ["-c"], stdin });
    assert.equal(counted.stdout, 10_000_000);
  });

  test("leading dashes are the author's: args arrive as they are", async () => {
    const args = ["-n", "--version", "-rf", "--", "-"];
    const output = await sh('for a; do printf "<%s>" "$a"; done', { args: [] });
    assert.equal(output.stdout, "");
    assert.equal(
      (await run({ command: "printf", args: ["<%s>", ...args] })).stdout,
      args.map((arg) => `<${arg}>`).join(""),
    );
  });

  test("NUL bytes in anything a program is started with are refused", async () => {
    const cases: JsonObject[] = [
      { args: ["a", "b\0c"] },
      { env: { A: "b\0c" } },
      { env: { "A\0B": "c" } },
      { command: "tr\0ue" },
      { command: "true\0; id", shell: true },
    ];
    for (const params of cases) {
      await assert.rejects(
        run({ command: "true", ...params }),
        failsWith(
          "VALIDATION_ERROR",
          /^params\.(args\[1\]|env|command).*: must not hold a NUL byte/,
        ),
      );
    }
    await assert.rejects(run({ command: "true", workdir: "/\0" }), failsWith("PATH_DENIED"));
  });

  test("works where it is told to", async () => {
    for (const name of ["workdir", "cwd"]) {
      assert.equal((await run({ command: "pwd", [name]: "/usr" })).stdout, "/usr\n");
    }
    const context = actionContext({ host: { cwd: "/usr" } });
    assert.equal((await run({ command: "pwd" }, context)).stdout, "/usr\n");
    assert.equal((await run({ command: "pwd", workdir: "bin/.." }, context)).stdout, "/usr\n");
    await assert.rejects(
      run({ command: "pwd", workdir: "/usr", cwd: "/" }),
      failsWith("VALIDATION_ERROR", /params\.workdir/),
    );
    for (const workdir of ["/no/such/place", "/etc/passwd"]) {
      await assert.rejects(run({ command: "pwd", workdir }), failsWith("EXECUTION_ERROR"));
    }
    await assert.rejects(
      run({ command: "pwd" }, actionContext({ host: { cwd: "/no/such/place" } })),
      failsWith("EXECUTION_ERROR", /working directory \/no\/such\/place does not exist/),
    );
  });

  test("sees the given environment, its key, and nothing of the daemon's own", async () => {
    process.env.OPCODE_VAULT_KEY = "hush";
    try {
      const output = await run({ command: "env", env: { A: 1, B: "x y" } });
      const lines = output.stdout.trim().split("\n").sort();
      assert.deepEqual(lines.filter((line: string) => !line.startsWith("PATH=")), [
        "A=1",
        "B=x y",
        "OPCODE_IDEMPOTENCY_KEY=run-1:step-1:1",
      ]);
    } finally {
      delete process.env.OPCODE_VAULT_KEY;
    }
    await assert.rejects(
      run({ command: "env", env: { "A=B": "1" } }),
      failsWith("VALIDATION_ERROR", /params\.env\.A=B/),
    );
  });
});

test("arguments and variables are counted before a process is made", async () => {
  const many = Array.from({ length: 10_001 }, () => "x");
  await assert.rejects(
    run({ command: "true", args: many }),
    /params\.args: must have at most 10000 items, has 10001/,
  );
  const env = Object.fromEntries(many.slice(0, 1_001).map((x, i) => [`V${i}`, x]));
  await assert.rejects(
    run({ command: "true", env }),
    /params\.env: must have at most 1000 members, has 1001/,
  );
  const { stdout } = await run({
    command: "sh",
    args: ["-c", "echo $#", ...many.slice(3)],
  }) as { stdout: Json };
  // The first is the name of the script.
  assert.equal(stdout, 9_997);
});

describe("failure", () => {
  test("fail_on_error makes a non-zero exit one, with the output", async () => {
    await assert.rejects(
      sh("echo partial; exit 3", { fail_on_error: true }),
      (error: any) => {
        assert.equal(error.code, "EXECUTION_ERROR");
        assert.match(error.message, /exited with code 3/);
        assert.equal(error.details.stdout, "partial\n");
        assert.equal(error.details.exit_code, 3);
        return true;
      },
    );
    assert.equal((await sh("exit 0", { fail_on_error: true })).exit_code, 0);
  });

  test("a signal of its own is -1, and not our kill", async () => {
    const output = await sh("kill -TERM $$");
    assert.deepEqual([output.exit_code, output.killed], [-1, false]);
  });
});

describe("the end", () => {
  /** The error of a line that its time limit ends. */
  async function late(line: string, params: JsonObject, context = actionContext()) {
    const error = await sh(line, params, context).then(() => undefined, (error) => error);
    assert.equal(error?.code, "TIMEOUT_ERROR");
    return error as OpcodeError & { details: JsonObject };
  }

  test("a timeout kills, fails the step and keeps the output so far", async () => {
    const { details, message } = await late("echo before; sleep 60; echo after", {
      timeout: "100ms",
    });
    const { stdout, exit_code, killed, limit } = details;
    assert.deepEqual([stdout, exit_code, killed, limit], ["before\n", -1, true, "params.timeout"]);
    assert.match(message, /: timed out after its timeout, 100ms$/);
    assert.ok((details.duration_ms as number) < 5_000);
  });

  test("the step's timeout is the program's, longer or shorter than the default", async () => {
    const host = { limits: { ...DEFAULT_HOST_LIMITS, shellDefaultTimeoutMs: 50 } };
    const patient = await sh(
      "sleep 0.2; echo done",
      {},
      actionContext({ host, stepTimeoutMs: 60_000 }),
    );
    assert.equal(patient.stdout, "done\n");
    const { details } = await late("sleep 60", {}, actionContext({ stepTimeoutMs: 50 }));
    assert.equal(details.limit, "timeout");
    const byDefault = await late("sleep 60", {}, actionContext({ host }));
    assert.equal(byDefault.details.limit, "shell.default_timeout");
    assert.match(byDefault.message, /shell\.default_timeout, 50ms; give the step a timeout/);
    const own = await late(
      "sleep 60",
      { timeout: "50ms" },
      actionContext({ stepTimeoutMs: 60_000 }),
    );
    assert.equal(own.details.limit, "params.timeout");
  });

  test("a timeout kills grandchildren too", async () => {
    const { details } = await late("sleep 60 & echo $!; wait", { timeout: "100ms" });
    await assertDies(details.stdout as number);
  });

  test("a timeout ends what the program left behind with its output", async () => {
    const { details } = await late("sleep 60 & echo $!", { timeout: "200ms" });
    assert.deepEqual([details.exit_code, details.killed], [0, true]);
    await assertDies(details.stdout as number);
  });

  test("what was started in the background without the output is not waited for", async () => {
    const output = await sh("sleep 60 >/dev/null 2>&1 & echo $!");
    try {
      assert.deepEqual([output.exit_code, output.killed], [0, false]);
      assert.equal(isDead(output.stdout), false);
    } finally {
      process.kill(output.stdout, "SIGKILL");
    }
  });

  test("who keeps the output open is waited for only so long, and lives on", async () => {
    const { stdout, exitCode, killed } = await runCommand({
      command: "/bin/sh",
      args: ["-c", "sleep 60 & echo $!"],
      cwd: "/",
      env: { PATH: process.env.PATH! },
      stdin: "",
      timeoutMs: 30_000,
      mostOutput: 1_000,
      drainMs: 20,
      killGraceMs: 0,
      owner: "test",
      signal: new AbortController().signal,
    });
    const pid = Number(stdout.bytes);
    try {
      assert.deepEqual([exitCode, killed, isDead(pid)], [0, false, false]);
    } finally {
      process.kill(pid, "SIGKILL");
    }
  });

  test("a timeout that is none is refused, not taken for the default", async () => {
    for (const timeout of ["soon", "-1s", 5]) {
      await assert.rejects(
        run({ command: "true", timeout }),
        failsWith("VALIDATION_ERROR", /params\.timeout/),
      );
    }
  });

  test("a zero timeout is refused", async () => {
    await assert.rejects(
      run({ command: "true", timeout: "0" }),
      failsWith("ISOLATION_ERROR", /params\.timeout/),
    );
  });

  test("a cancelled run kills the group and answers CANCELLED", async () => {
    const place = mkdtempSync(join(tmpdir(), "opcode-shell-"));
    try {
      const context = actionContext({ host: { cwd: place } });
      // The reader of this FIFO goes on when both processes run.
      const running = sh("mkfifo ready; sleep 60 & echo $$ $! > ready; wait", {}, context);
      const pids = await sh(
        "while [ ! -p ready ]; do :; done; cat ready",
        {},
        actionContext({ host: { cwd: place } }),
      );
      context.abort("the branch lost");
      await assert.rejects(running, failsWith("CANCELLED", /the branch lost/));
      for (const pid of pids.stdout.trim().split(" ")) await assertDies(Number(pid));
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });

  test("nothing is started for a run that is cancelled already", async () => {
    const place = mkdtempSync(join(tmpdir(), "opcode-shell-"));
    try {
      const context = actionContext({ host: { cwd: place } });
      context.abort();
      await assert.rejects(
        run({ command: "touch", args: ["made"] }, context),
        failsWith("CANCELLED"),
      );
      assert.equal((await run({ command: "ls", workdir: place })).stdout, "");
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  });
});
