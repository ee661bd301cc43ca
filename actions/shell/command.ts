// How a program runs in a process group of its own, and how that group ends.

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Writable } from "node:stream";
import { systemClock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Cell } from "../../core/isolation.ts";
import { startDeadline } from "../deadline.ts";
import { portionOf } from "../portions.ts";
import { withDescriptor } from "../../core/descriptors.ts";
import { type Capture, capture } from "./capture.ts";
import { discharge, endGroup, enrol } from "./groups.ts";
import { lineRule } from "./line.ts";

export interface Command {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Empty: no input at all. Emptied once the program has it. */
  stdin: string;
  /** Called once nothing of the input is needed any more. */
  fed?: () => void;
  timeoutMs: number;
  /** Bytes kept of each of stdout and stderr; the rest is read and dropped. */
  mostOutput: number;
  /**
   * How long the output is waited for once the program has ended. Who holds it open longer (a
   * server that was started in the background) keeps running, unread.
   */
  drainMs: number;
  /** How long what is told to end may take to do so before it is killed. */
  killGraceMs: number;
  /** The step that it is started for. */
  owner: string;
  signal: AbortSignal;
  /** What it is held in beside its group. */
  cell?: Cell | undefined;
}

export interface Captured {
  stdout: Capture;
  stderr: Capture;
  /** -1 when a signal ended the program. */
  exitCode: number;
  /** Whether `timeoutMs` ended the program or what it left behind. */
  killed: boolean;
}

/**
 * Runs the program to its end. On timeout and abort the whole group gets SIGTERM, and SIGKILL after
 * `killGraceMs` or when this process exits, and so does what its cell finds outside of the group; the
 * promise settles when the program is dead, and what it started too. EXECUTION_ERROR when it cannot
 * be started.
 */
export async function runCommand(command: Command): Promise<Captured> {
  const child = await withDescriptor(() => start(command)).catch((error) => {
    throw cannotStart(command, error);
  });
  const exit = exitOf(child);
  const leader = child.pid!;
  const over = Promise.withResolvers<void>();
  // Whoever inherited an end of these pipes must not keep ours, nor what is left to be written.
  const closePipes = () => child.stdio.forEach((pipe) => pipe?.destroy());
  const deadline = startDeadline(command);
  const release = () => {
    child.unref();
    deadline.end();
    closePipes();
  };
  const { owner, cell } = command;
  enrol(leader, { owner, command: command.command, over: over.promise, release, cell });
  let ended: Promise<void> | undefined;
  const kill = () => void (ended = endGroup(leader, command.killGraceMs, command.owner));
  if (deadline.signal.aborted) kill();
  else deadline.signal.addEventListener("abort", kill, { once: true });
  const stdout = capture(child.stdout!, command.mostOutput);
  const stderr = capture(child.stderr!, command.mostOutput);
  if (child.stdin) feed(child.stdin, command);
  try {
    const exitCode = await exit;
    await ended;
    await drained([stdout.ended, stderr.ended], command);
    await ended;
    const captured = { stdout: stdout.take(), stderr: stderr.take(), exitCode };
    const code = cell?.startFailure({ exitCode, stderr: captured.stderr.bytes });
    if (code !== undefined) {
      throw cannotStart(command, { code, message: `spawn ${code || "failed"}` });
    }
    return { ...captured, killed: deadline.expired };
  } finally {
    deadline.end();
    deadline.signal.removeEventListener("abort", kill);
    discharge(leader);
    over.resolve();
    closePipes();
  }
}

/**
 * `detached`: it becomes the leader of a session and a group that have its own number. Throws the
 * operating system's error when it cannot be started.
 */
async function start({ command, args, cwd, env, stdin, cell }: Command): Promise<ChildProcess> {
  const { argv0, ...shim } = cell?.start ?? { command, args };
  const child = spawn(shim.command, shim.args, {
    cwd,
    env,
    ...(argv0 !== undefined && { argv0 }),
    detached: true,
    stdio: [stdin === "" ? "ignore" : "pipe", "pipe", "pipe"],
  });
  // Without a number it was not started, and there may not even be pipes; the error says why.
  if (child.pid === undefined) {
    throw await new Promise((resolve) => child.once("error", resolve));
  }
  child.on("error", () => {});
  return child;
}

function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? -1)));
}

function advice(command: string): string {
  const rule = lineRule(command);
  return rule === undefined ? "" : `; it ${rule}`;
}

function cannotStart({ command, cwd }: Command, error: unknown): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === "ENOENT"
    ? existsSync(cwd)
      ? `command not found${advice(command)}`
      : `the working directory ${cwd} does not exist`
    : code === "EACCES"
    ? "is not executable"
    : code === "E2BIG"
    ? "the arguments and the environment are too long"
    : (error as Error).message;
  return new OpcodeError("EXECUTION_ERROR", `${command}: ${reason}`, {
    ...(code && { details: { cause_code: code } }),
  });
}

/**
 * Gives the program its input bit by bit: a pipe copies what it is given, and keeps that until it is
 * read.
 */
function feed(pipe: Writable, command: Command): void {
  let at = 0;
  const more = () => {
    for (let fits = true; fits && at < command.stdin.length;) {
      const portion = portionOf(command.stdin, at);
      at += portion.length;
      fits = pipe.write(portion);
    }
    if (at < command.stdin.length) pipe.once("drain", more);
    else pipe.end(done);
  };
  const done = () => {
    command.stdin = "";
    command.fed?.();
  };
  // EPIPE: the program ended, or closed its input, without reading it all, which is its right.
  pipe.on("error", done);
  more();
}

/** Waits for the output to end, but not for ever, and not for a run that no longer wants it. */
function drained(ends: Promise<void>[], { drainMs, signal }: Command): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      disarm();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const disarm = systemClock.after(signal.aborted ? 0 : drainMs, done);
    signal.addEventListener("abort", done, { once: true });
    Promise.all(ends).then(done);
  });
}
