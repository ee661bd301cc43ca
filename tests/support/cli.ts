// How tests run the command line as a person would.

import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { calledAs } from "../../cli/called.ts";
import { BINARY, cleanEnv } from "./daemon.ts";

const MAIN = fileURLToPath(new URL("../../bin/opcode.mjs", import.meta.url));

/** How hints write the program that `runCli` starts in this directory. */
export function calledIn(cwd: string): string {
  const argv = BINARY === undefined ? [process.execPath, MAIN] : [BINARY, BINARY];
  return calledAs({ argv, cwd, path: process.env.PATH ?? "" });
}

/** The same where no directory is given. */
export const CALLED = calledIn(process.cwd());

/** What a hint tells to type, for `runCli`: its words behind the program. */
export function typed(hint: string): string[] {
  return hint.trim().slice(CALLED.length + 1).split(" ");
}

/**
 * `opcode ARGS` as a command for whoever starts processes; no opcode variables but those given.
 * `binary`: the single one, instead of the sources.
 */
export function cliCommand(args: string[], env: Record<string, string> = {}, binary = BINARY) {
  return binary === undefined
    ? { command: process.execPath, args: [MAIN, ...args], env: cleanEnv(env) }
    : { command: binary, args, env: cleanEnv(env) };
}

export interface CliResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CliOptions {
  env?: Record<string, string>;
  input?: string | Uint8Array;
  cwd?: string;
  /** The single one, instead of the sources. */
  binary?: string;
  /** Sees each piece as it comes. */
  onStderr?: (text: string, child: ChildProcess) => void;
}

/** Runs `opcode ARGS` to its end. */
export function runCli(args: string[], options: CliOptions = {}): Promise<CliResult> {
  const { command, args: argv, env } = cliCommand(args, options.env, options.binary);
  const child = spawn(command, argv, {
    env,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    stdio: "pipe",
  });
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
  child.stderr.setEncoding("utf8").on("data", (text) => {
    stderr += text;
    options.onStderr?.(text, child);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
