// How a program runs in a process group of its own, and how that group ends.

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { systemClock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { startDeadline } from "../deadline.ts";

export interface Command {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Empty: no input at all. */
  stdin: string;
  timeoutMs: number;
  /** Bytes kept of each of stdout and stderr; the rest is read and dropped. */
  mostOutput: number;
  /**
   * How long the output is waited for once the program has ended. Who holds it open longer (a
   * server that was started in the background) keeps running, unread.
   */
  drainMs: number;
  signal: AbortSignal;
}

export interface Captured {
  stdout: Capture;
  stderr: Capture;
  /** -1 when a signal ended the program. */
  exitCode: number;
  /** Whether `timeoutMs` ended the program or what it left behind. */
  killed: boolean;
}

export interface Capture {
  bytes: Buffer;
  truncated: boolean;
}

/**
 * Runs the program to its end. On timeout and abort the whole group gets SIGKILL, and the promise
 * settles when it is dead. EXECUTION_ERROR when the program cannot be started.
 */
export async function runCommand(command: Command): Promise<Captured> {
  const child = start(command);
  const exit = exitOf(child, command.command);
  // It could not be started: `exit` says why, and there may not even be pipes.
  if (child.pid === undefined) await exit;
  const deadline = startDeadline(command);
  const kill = () => killGroup(child);
  if (deadline.signal.aborted) kill();
  else deadline.signal.addEventListener("abort", kill, { once: true });
  const stdout = capture(child.stdout!, command.mostOutput);
  const stderr = capture(child.stderr!, command.mostOutput);
  feed(child, command.stdin);
  try {
    const exitCode = await exit;
    await drained(child, [stdout.ended, stderr.ended], command.drainMs);
    return {
      stdout: stdout.take(),
      stderr: stderr.take(),
      exitCode,
      killed: deadline.expired,
    };
  } finally {
    deadline.end();
    deadline.signal.removeEventListener("abort", kill);
  }
}

function start({ command, args, cwd, env, stdin }: Command): ChildProcess {
  try {
    return spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: [stdin === "" ? "ignore" : "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw cannotStart(command, error);
  }
}

/** `detached` made the program the leader of a group with its own number. */
function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, "SIGKILL");
  } catch {
    // ESRCH: nobody is left.
  }
}

function exitOf(child: ChildProcess, command: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(cannotStart(command, error)));
    child.once("exit", (code) => resolve(code ?? -1));
  });
}

function cannotStart(command: string, error: unknown): OpcodeError {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === "ENOENT"
    ? "command not found"
    : code === "EACCES"
    ? "is not executable"
    : code === "E2BIG"
    ? "the arguments and the environment are too long"
    : (error as Error).message;
  return new OpcodeError("EXECUTION_ERROR", `${command}: ${reason}`, {
    ...(code !== undefined && { details: { cause_code: code } }),
  });
}

function feed(child: ChildProcess, input: string): void {
  if (!child.stdin) return;
  // EPIPE: the program ended, or closed its input, without reading it all, which is its right.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
}

function capture(stream: Readable, most: number) {
  const kept: Buffer[] = [];
  let room = most;
  let truncated = false;
  stream.on("data", (chunk: Buffer) => {
    if (chunk.length > room) {
      truncated = true;
      chunk = chunk.subarray(0, room);
    }
    room -= chunk.length;
    if (chunk.length > 0) kept.push(chunk);
  });
  const ended = new Promise<void>((resolve) => {
    stream.once("close", resolve);
    // A pipe that breaks has nothing more to say.
    stream.on("error", () => resolve());
  });
  return { ended, take: (): Capture => ({ bytes: Buffer.concat(kept), truncated }) };
}

/** Waits for the output to end, but not for ever: somebody may have inherited it. */
function drained(child: ChildProcess, ends: Promise<void>[], drainMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      disarm();
      resolve();
    };
    const disarm = systemClock.after(drainMs, () => {
      child.stdout!.destroy();
      child.stderr!.destroy();
      done();
    });
    Promise.all(ends).then(done);
  });
}
