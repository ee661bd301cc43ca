// What shell.exec does: one command in a process group of its own, its output captured.

import { parseDuration } from "../core/duration.ts";
import { OpcodeError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Action, ActionContext, Host } from "./action.ts";
import { cancelled, throwIfCancelled } from "./deadline.ts";
import { DURATION, invalid } from "./params.ts";
import { passGate } from "./paths.ts";
import { type Captured, runCommand } from "./shell/command.ts";
import { shellLine } from "./shell/quote.ts";

const DRAIN_MS = 5_000;

const workdir = { type: "string", description: "Working directory; the daemon's when absent." };

const exec: Action = {
  name: "shell.exec",
  description: "Runs a program and captures its output. A non-zero exit completes the step with " +
    "that exit_code unless fail_on_error is set. What it leaves running in its process group is " +
    "killed with it on timeout and cancel; what still holds its output open 5 s after its end is " +
    "not waited for.",
  effects: "external",
  input: {
    type: "object",
    properties: {
      command: {
        type: "string",
        minLength: 1,
        description: "The program; with shell: true a line for /bin/sh.",
      },
      args: {
        type: "array",
        items: { type: "string" },
        default: [],
        description: "Each is one argument, spaces and quotes included, also with shell: true.",
      },
      env: {
        type: "object",
        additionalProperties: { type: "string" },
        description: "Added to the daemon's environment.",
      },
      workdir,
      cwd: { ...workdir, description: "Another name of workdir." },
      stdin: { type: "string", description: "What the program reads; nothing when empty." },
      timeout: {
        ...DURATION,
        description: "After it everything started is killed and the step completes with killed: " +
          "true; 30s when absent.",
      },
      shell: { type: "boolean", default: false, description: "Runs the command with /bin/sh -c." },
      fail_on_error: {
        type: "boolean",
        default: false,
        description: "Fails the step when exit_code is not 0.",
      },
    },
    required: ["command"],
  },
  output: {
    type: "object",
    properties: {
      stdout: { description: "Parsed when all of it is one JSON value, else text." },
      stdout_raw: { type: "string" },
      stderr: { type: "string" },
      exit_code: { type: "integer", description: "-1 when a signal ended the program." },
      duration_ms: { type: "integer" },
      killed: { type: "boolean", description: "Whether the timeout ended it." },
      stdout_truncated: { type: "boolean", description: "Present and true when cut at 10 MiB." },
      stderr_truncated: { type: "boolean", description: "Present and true when cut at 10 MiB." },
    },
    required: ["stdout", "stdout_raw", "stderr", "exit_code", "duration_ms", "killed"],
  },
  async execute(params, context) {
    throwIfCancelled(context.signal);
    const { host, signal } = context;
    const started = performance.now();
    const captured = await runCommand({
      ...commandLine(params),
      cwd: await workingDirectory(params, host),
      env: environment(params, context),
      stdin: (params.stdin ?? "") as string,
      timeoutMs: timeoutOf(params, host),
      mostOutput: host.limits.shellMaxOutput,
      drainMs: DRAIN_MS,
      signal,
    });
    if (signal.aborted) throw cancelled(signal);
    const output = outputOf(captured, Math.round(performance.now() - started));
    if (params.fail_on_error && output.exit_code !== 0) {
      const message = output.killed ? "timed out" : `exited with code ${output.exit_code}`;
      throw new OpcodeError("EXECUTION_ERROR", `${params.command}: ${message}`, {
        details: output,
      });
    }
    return output;
  },
};

function commandLine(params: JsonObject): { command: string; args: string[] } {
  const command = params.command as string;
  const args = params.args as string[];
  refuseNul(command, "params.command");
  args.forEach((arg, i) => refuseNul(arg, `params.args[${i}]`));
  if (!params.shell) return { command, args };
  return { command: "/bin/sh", args: ["-c", shellLine(command, args)] };
}

/** The child finds its idempotency key where the author did not put another. */
function environment(params: JsonObject, context: ActionContext): Record<string, string> {
  const own = (params.env ?? {}) as Record<string, string>;
  for (const [name, value] of Object.entries(own)) {
    if (name === "" || name.includes("=")) throw invalid(`params.env.${name}`, "is no valid name");
    refuseNul(name, "params.env");
    refuseNul(value, `params.env.${name}`);
  }
  return { ...context.host.env, OPCODE_IDEMPOTENCY_KEY: context.idempotencyKey, ...own };
}

async function workingDirectory(params: JsonObject, host: Host): Promise<string> {
  const { workdir, cwd } = params as { workdir?: string; cwd?: string };
  if (workdir && cwd && workdir !== cwd) {
    throw invalid("params.workdir", "differs from params.cwd, which means the same");
  }
  const wanted = workdir || cwd;
  if (!wanted) return host.cwd;
  const { path, stats } = await passGate({ path: wanted, access: "read", host });
  if (!stats?.isDirectory()) throw new OpcodeError("EXECUTION_ERROR", `${path}: is no directory`);
  return path;
}

function timeoutOf(params: JsonObject, host: Host): number {
  if (params.timeout === undefined) return host.limits.shellDefaultTimeoutMs;
  const timeoutMs = parseDuration(params.timeout as string);
  if (timeoutMs > 0) return timeoutMs;
  throw new OpcodeError("ISOLATION_ERROR", "params.timeout: must be above 0", {
    details: { retryable: false },
  });
}

function refuseNul(text: string, path: string): void {
  if (text.includes("\0")) throw invalid(path, "must not hold a NUL byte");
}

function outputOf({ stdout, stderr, exitCode, killed }: Captured, durationMs: number): JsonObject {
  const text = stdout.bytes.toString("utf8");
  return {
    stdout: stdout.truncated ? text : parsed(text),
    stdout_raw: text,
    stderr: stderr.bytes.toString("utf8"),
    exit_code: exitCode,
    duration_ms: durationMs,
    killed,
    ...(stdout.truncated && { stdout_truncated: true }),
    ...(stderr.truncated && { stderr_truncated: true }),
  };
}

/** Only what begins like JSON is tried: an exception costs more than a look. */
function parsed(text: string): Json {
  if (!/^\s*["[{\d\-tfn]/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const shellActions: readonly Action[] = [exec];
