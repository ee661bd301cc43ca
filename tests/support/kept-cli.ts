// How tests run many command lines of which what is said and the exit code matter: in one process that stays.

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { cliCommand, type CliOptions, type CliResult, runCli } from "./cli.ts";
import { afterwards, BINARY, type Cleanup } from "./daemon.ts";
import { ALL } from "./trials.ts";

const PROGRAM = fileURLToPath(new URL("./kept-cli-program.ts", import.meta.url));

export type KeptCli = (args: string[], more?: CliOptions) => Promise<CliResult>;

/**
 * Runs command lines as `runCli` does, all with these options, in a process that is started for the first
 * of them and stays until the test is over. One with options of its own is a process of its own, as is
 * one while another runs, and each with the binary or `TRIALS=all`. Not for what is a process by its
 * nature, as `serve` is, nor where its end, its signals or its pipes are asked about.
 */
export function keptCli(
  t: Cleanup,
  options: { env: Record<string, string>; cwd?: string },
): KeptCli {
  let program: Promise<ChildProcess> | undefined;
  let busy = BINARY !== undefined || ALL;
  return async (args, more) => {
    if (busy || more !== undefined) {
      return await runCli(args, { ...options, ...more, env: { ...options.env, ...more?.env } });
    }
    busy = true;
    try {
      return await ask(await (program ??= start(t, options)), args);
    } finally {
      busy = false;
    }
  };
}

async function start(
  t: Cleanup,
  { env: given, cwd }: { env: Record<string, string>; cwd?: string },
): Promise<ChildProcess> {
  const { args: [main], env } = cliCommand([], given);
  const child = fork(PROGRAM, [main!], {
    env,
    execArgv: [],
    ...(cwd !== undefined && { cwd }),
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  afterwards(t, () => child.kill("SIGKILL"));
  const [said] = await once(child, "message");
  assert.equal(said, "ready");
  return child;
}

async function ask(program: ChildProcess, args: string[]): Promise<CliResult> {
  const over = new AbortController();
  const { signal } = over;
  const ended = once(program, "exit", { signal }).then(([code]) =>
    assert.fail(`opcode ${args.join(" ")} ended its process with ${code}`)
  );
  const answer = once(program, "message", { signal }).then(([result]) => result as CliResult);
  try {
    program.send(args);
    return await Promise.race([answer, ended]);
  } finally {
    ended.catch(() => {});
    over.abort();
  }
}
