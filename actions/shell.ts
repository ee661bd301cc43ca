// What shell.exec does: one command in a process group of its own, its output captured.

import { parseDuration } from "../core/duration.ts";
import { OpcodeError } from "../core/errors.ts";
import type { Cell } from "../core/isolation.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { cut } from "../core/text.ts";
import type { Action, ActionContext, Host } from "./action.ts";
import { cancelled, throwIfCancelled, timedOut } from "./deadline.ts";
import { LONGEST_PATH, placedBy } from "./fs/common.ts";
import { DURATION, invalid } from "./params.ts";
import { passGate } from "./paths.ts";
import { fileError, systemError, unfit } from "./paths/errors.ts";
import { programCircuit } from "./shell/circuit.ts";
import { runCommand } from "./shell/command.ts";
import { formerEnded, ownerOf } from "./shell/groups.ts";
import { mistakenLine } from "./shell/line.ts";
import { shellOutput } from "./shell/output.ts";
import { shellLine } from "./shell/quote.ts";

const DRAIN_MS = 5_000;

/** Bytes of output that an error carries: a failed step stores its error several times. */
const MOST_IN_ERROR = 64 * 1024;

/** Characters of the last line on stderr that an error quotes, and of stderr that it is sought in. */
const MOST_QUOTED = 300;
const MOST_LOOKED_AT = 4_096;

/** Arguments of one program; what they hold is bounded by the operating system, at some 2 MiB. */
const MOST_ARGS = 10_000;
/** Variables of its environment beside the daemon's. */
const MOST_VARIABLES = 1_000;

const workdir = {
  type: "string",
  maxLength: LONGEST_PATH,
  description: "Working directory; the daemon's when absent.",
};

const exec: Action = {
  name: "shell.exec",
  description: "Runs a program and captures its output. A non-zero exit completes the step with " +
    "that exit_code unless fail_on_error is set. What it has started is " +
    "killed with it on timeout and cancel, and the step fails then; what still holds its output open 5 s after its end is " +
    "not waited for.",
  example: {
    command: "wc",
    args: ["-l"],
    stdin: "${{inputs.text}}",
    timeout: "30s",
    fail_on_error: true,
  },
  effects: "external",
  circuit: programCircuit,
  words: ["command", "workdir", "cwd"],
  mistaken: (params) => [...mistakenLine(params), ...placedBy("workdir", "cwd").mistaken(params)],
  input: {
    type: "object",
    properties: {
      command: {
        type: "string",
        minLength: 1,
        description:
          "The program; with shell: true a line for /bin/sh, which reads everything in " +
          "it: what comes from elsewhere belongs in args.",
      },
      args: {
        type: "array",
        items: { type: "string" },
        maxItems: MOST_ARGS,
        default: [],
        description: "Each is one argument, spaces and quotes included, also with shell: true. " +
          "Dashes in front mean to the program what they always mean.",
      },
      env: {
        type: "object",
        additionalProperties: { type: "string" },
        maxProperties: MOST_VARIABLES,
        description: "Added to the daemon's environment, which has none of the daemon's secrets.",
      },
      workdir,
      cwd: { ...workdir, description: "Another name of workdir." },
      stdin: { type: "string", description: "What the program reads; nothing when empty." },
      timeout: {
        ...DURATION,
        description: "After it everything started gets SIGTERM, then SIGKILL " +
          "(shell.kill_grace, 5s), and the step fails with TIMEOUT_ERROR. When absent: the step's timeout, else shell.default_timeout (30s).",
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
      stdout: {
        description: "Parsed when all of it is one JSON value (integers above 2^53 are rounded), " +
          "else the text.",
      },
      stdout_raw: { type: "string", description: "The text as it came." },
      stdout_base64: {
        type: "string",
        description: "The bytes, present when they are not UTF-8; the texts then have " +
          "replacement characters.",
      },
      stderr: { type: "string" },
      exit_code: { type: "integer", description: "-1 when a signal ended the program." },
      duration_ms: { type: "integer" },
      killed: {
        type: "boolean",
        description: "Whether the timeout ended it: true only in the details of TIMEOUT_ERROR.",
      },
      stdout_truncated: {
        type: "boolean",
        description: "Present and true when stdout_raw (and stdout, unless it is a parsed value) " +
          "was cut: at shell.max_output (10 MiB), or where more would not fit into the step's " +
          "output.",
      },
      stderr_truncated: { type: "boolean", description: "The same of stderr." },
    },
    required: ["stdout", "stdout_raw", "stderr", "exit_code", "duration_ms", "killed"],
  },
  async execute(params, context) {
    throwIfCancelled(context.signal);
    const { host, signal } = context;
    const line = commandLine(params);
    const env = environment(params, context);
    const timeoutMs = timeoutOf(params, context);
    const cwd = await workingDirectory(params, host);
    const owner = ownerOf(context);
    await formerEnded(owner);
    const cell = await host.isolation?.cell({ ...line, cwd, env });
    if (signal.aborted) cell?.end();
    throwIfCancelled(signal);
    if (cell) context.noteIsolation(cell.report);
    const started = performance.now();
    const { captured, met } = await inCell(cell, async () => {
      const captured = await runCommand({
        ...line,
        cwd,
        env,
        stdin: (params.stdin ?? "") as string,
        fed: () => context.release("stdin"),
        timeoutMs,
        mostOutput: host.limits.shellMaxOutput,
        drainMs: DRAIN_MS,
        killGraceMs: host.limits.shellKillGraceMs,
        owner,
        signal,
        cell,
      });
      return { captured, met: cell?.met() ?? [] };
    });
    if (met.length > 0) context.noteIsolation({ ...cell!.report, met });
    if (signal.aborted) throw cancelled(signal);
    const durationMs = Math.round(performance.now() - started);
    const reserve = (bytes: number) => context.reserve(bytes);
    const isShort = met.includes("memory");
    if (captured.killed || isShort || (params.fail_on_error && captured.exitCode !== 0)) {
      const details = await shellOutput({ captured, durationMs, most: MOST_IN_ERROR, reserve });
      throw captured.killed
        ? timedOut(`${params.command}`, { params, context, details, setting: "shell", timeoutMs })
        : new OpcodeError(
          "EXECUTION_ERROR",
          `${params.command}: ${
            isShort
              ? "it, or a part of it, was killed for want of memory: shell.max_memory is all it may have"
              : `exited with code ${captured.exitCode}`
          }${lastLine(details.stderr, context)}`,
          { details },
        );
    }
    return await shellOutput({ captured, durationMs, most: context.maxOutput, reserve });
  },
};

/** Gives back what the cell took, however the work ends. */
async function inCell<T>(cell: Cell | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    cell?.end();
  }
}

/** `: <the last line>`, or the last that speaks of an error: there programs say what went wrong. */
function lastLine(stderr: Json | undefined, context: ActionContext): string {
  // A line may be part of a secret that has several.
  if (typeof stderr !== "string" || context.holdsSecret(stderr)) return "";
  const text = stderr.slice(-MOST_LOOKED_AT);
  const lines = text.trimEnd().split("\n");
  // Some end with where it was, or with their version.
  const line = (lines.findLast((line) => /error|fatal|failed/i.test(line)) ?? lines.at(-1)!).trim();
  return line === "" ? "" : `: ${cut(line, MOST_QUOTED)}`;
}

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
  const param = workdir ? "workdir" : "cwd";
  const { path, stats } = await passGate({ path: wanted, access: "read", host, param });
  if (!stats?.isDirectory()) throw fileError(systemError("ENOTDIR", "not a directory"), path);
  if (!path.isWellFormed()) throw unfit(path, "is no UTF-8, and no program can be started there");
  return path;
}

/** No default is shorter than what the author gives the step. */
function timeoutOf(params: JsonObject, { stepTimeoutMs, host }: ActionContext): number {
  if (params.timeout === undefined) return stepTimeoutMs ?? host.limits.shellDefaultTimeoutMs;
  const timeoutMs = parseDuration(params.timeout as string);
  if (timeoutMs > 0) return timeoutMs;
  throw new OpcodeError("ISOLATION_ERROR", "params.timeout: must be above 0", {
    details: { retryable: false },
  });
}

function refuseNul(text: string, path: string): void {
  if (text.includes("\0")) throw invalid(path, "must not hold a NUL byte");
}

export const shellActions: readonly Action[] = [exec];
