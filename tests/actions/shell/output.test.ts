// What shell.exec keeps of a program's output: limits, what fits a step, and what is no text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_HOST_LIMITS } from "../../../actions/action.ts";
import { jsonBytes } from "../../../actions/captured-text.ts";
import { shellOutput } from "../../../actions/shell/output.ts";
import type { JsonObject } from "../../../core/json.ts";
import { actionContext, execute, failsWith } from "../../support/action-context.ts";
import { openTestEngine } from "../../support/test-engine.ts";

const MIB = 1024 * 1024;

const sh = (command: string, more: JsonObject = {}, context = actionContext()) =>
  execute("shell.exec", { command, shell: true, ...more }, context);

const limited = (shellMaxOutput: number) =>
  actionContext({ host: { limits: { ...DEFAULT_HOST_LIMITS, shellMaxOutput } } });

interface Said {
  stdout?: string | Buffer;
  stderr?: string | Buffer;
  truncated?: boolean;
}

/** The output of a program that has said this, in at most `most` bytes of JSON. */
async function outputOf(
  { stdout = "", stderr = "", truncated = false }: Said,
  most: number,
): Promise<any> {
  const output = await shellOutput({
    captured: {
      stdout: { bytes: Buffer.from(stdout), truncated },
      stderr: { bytes: Buffer.from(stderr), truncated: false },
      exitCode: 0,
      killed: false,
    },
    durationMs: 1,
    most,
    reserve: () => Promise.resolve(),
  });
  const bytes = jsonBytes(output);
  assert.ok(bytes <= most, `${bytes} bytes in ${most}`);
  return output;
}

test("each stream is kept up to the limit and marked, and the rest is read and dropped", async () => {
  const both = "head -c 500000 /dev/zero | tr '\\0' 1; head -c 1001 /dev/zero >&2; exit 5";
  const output = await sh(both, {}, limited(1_000));
  assert.equal(output.stdout, "1".repeat(1_000));
  assert.equal(output.stderr, "\0".repeat(1_000));
  assert.deepEqual([output.stdout_truncated, output.stderr_truncated], [true, true]);
  assert.equal(output.exit_code, 5);
  const exact = await sh("head -c 1000 /dev/zero | tr '\\0' 1", {}, limited(1_000));
  assert.equal(exact.stdout_raw.length, 1_000);
  assert.ok(!("stdout_truncated" in exact) && !("stderr_truncated" in exact));
});

test("a cut in the middle of a character drops it whole", async () => {
  const output = await sh("printf 'a€€'", {}, limited(5));
  assert.equal(output.stdout, "a€");
  assert.equal(output.stdout_truncated, true);
  assert.ok(!("stdout_base64" in output));
});

test("truncated JSON stays text", async () => {
  const output = await sh("printf '123456'", {}, limited(5));
  assert.deepEqual([output.stdout, output.stdout_truncated], ["12345", true]);
});

test("endless output costs the daemon no memory", async () => {
  // The garbage of a flood may wait for a collection; all of it kept would be several gibibytes.
  const before = process.memoryUsage().rss;
  let most = 0;
  const watch = setInterval(() => most = Math.max(most, process.memoryUsage().rss), 10);
  try {
    const { details } = await sh("yes", { timeout: "3s" }, limited(MIB)).catch((error) => error);
    assert.deepEqual([details.killed, details.stdout_truncated], [true, true]);
    assert.ok(details.stdout_raw.length <= MIB);
  } finally {
    clearInterval(watch);
  }
  assert.ok(most - before < 2048 * MIB, `grew by ${(most - before) / MIB} MiB`);
});

test("a program that writes single bytes costs what it says", async () => {
  const script = "for (let i = 0; i < 200000; i++) require('fs').writeSync(1, 'x')";
  const output = await execute("shell.exec", { command: process.execPath, args: ["-e", script] });
  assert.equal(output.stdout, "x".repeat(200_000));
});

test("10 MiB of everything fit into a step's output, cut and marked", async () => {
  const engine = await openTestEngine();
  const command = "head -c 20000000 /dev/zero | tr '\\0' '\\n'; head -c 20000000 /dev/zero >&2";
  const reply = await engine.run([
    { id: "a", action: "shell.exec", params: { command, shell: true } },
    {
      id: "b",
      action: "assert.equals",
      depends_on: ["a"],
      params: {
        expected: [true, true, 0],
        actual: [
          "${{steps.a.output.stdout_truncated}}",
          "${{steps.a.output.stderr_truncated}}",
          "${{steps.a.output.exit_code}}",
        ],
      },
    },
  ]);
  assert.equal(reply.status, "completed", JSON.stringify(reply.error));
});

test("what fits is whole, to the byte", async () => {
  for (const stdout of ["x".repeat(5_000), "\n".repeat(5_000), "€".repeat(1_700), "[1E20]"]) {
    const most = jsonBytes(await outputOf({ stdout, stderr: "e" }, MIB)) + 512;
    const output = await outputOf({ stdout, stderr: "e" }, most);
    assert.equal(output.stdout_raw, stdout);
    assert.ok(!("stdout_truncated" in output));
  }
});

test("a text that does not fit is cut with its copy, and stderr has a quarter at least", async () => {
  const output = await outputOf(
    { stdout: "x".repeat(100_000), stderr: "e".repeat(100_000) },
    100_000,
  );
  assert.equal(output.stdout, output.stdout_raw);
  assert.ok(output.stdout.length > 37_000, output.stdout.length);
  assert.ok(output.stderr.length > 24_000, output.stderr.length);
  assert.deepEqual([output.stdout_truncated, output.stderr_truncated], [true, true]);
  const quiet = await outputOf({ stdout: "x".repeat(100_000) }, 100_000);
  assert.ok(quiet.stdout.length > 49_000);
  assert.ok(!("stderr_truncated" in quiet));
});

test("a parsed value is kept before its text", async () => {
  const value = { items: "x".repeat(60_000) };
  const output = await outputOf({ stdout: JSON.stringify(value) }, 100_000);
  assert.deepEqual(output.stdout, value);
  assert.ok(output.stdout_raw.length > 30_000);
  assert.equal(output.stdout_truncated, true);
  const large = await outputOf({ stdout: JSON.stringify({ items: "x".repeat(120_000) }) }, 100_000);
  assert.equal(typeof large.stdout, "string");
});

test("numbers that grow when they are parsed count as what they become", async () => {
  const stdout = `[${"1E20,".repeat(2_000)}1]`;
  assert.equal((await outputOf({ stdout }, 20_000)).stdout_truncated, true);
  assert.equal((await outputOf({ stdout }, 60_000)).stdout.length, 2_001);
});

test("what is not UTF-8 comes as bytes too", async () => {
  const output = await sh("printf 'a\\377b'; printf '\\377' >&2");
  assert.equal(output.stdout, "a\ufffdb");
  assert.equal(output.stdout_raw, "a\ufffdb");
  assert.equal(output.stdout_base64, Buffer.from([97, 255, 98]).toString("base64"));
  assert.equal(output.stderr, "\ufffd");
  const cut = await outputOf({ stdout: Buffer.alloc(100_000, 255) }, 100_000);
  assert.ok(cut.stdout.length > 8_000);
  const bytes = Buffer.from(cut.stdout_base64, "base64");
  assert.ok(bytes.length > 36_000 && bytes.every((byte) => byte === 255));
  assert.equal(cut.stdout_truncated, true);
});

test("JSON too deep to be stored stays text", async () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  assert.equal(typeof (await outputOf({ stdout: nested(999) }, MIB)).stdout, "object");
  assert.equal((await outputOf({ stdout: nested(1_000) }, MIB)).stdout, nested(1_000));
  assert.equal((await outputOf({ stdout: nested(100_000) }, MIB)).stdout, nested(100_000));
});

test("integers above 2^53 keep their digits when parsed, as in the text", async () => {
  const output = await sh("echo '{\"n\":9007199254740993}'");
  assert.deepEqual(output.stdout, { n: 9007199254740993n });
  assert.equal(output.stdout_raw, '{"n":9007199254740993}\n');
});

test("a failed command's error carries a bounded part of its output", async () => {
  await assert.rejects(
    sh("head -c 200000 /dev/zero | tr '\\0' x; exit 3", { fail_on_error: true }),
    (error: any) => {
      failsWith("EXECUTION_ERROR", /exited with code 3/)(error);
      assert.ok(jsonBytes(error.details) <= 64 * 1024);
      assert.equal(error.details.stdout_truncated, true);
      assert.match(error.details.stdout, /^x{30000}/);
      return true;
    },
  );
});
