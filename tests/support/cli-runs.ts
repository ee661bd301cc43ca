// Runs that tests start by the command line, of workflows that a daemon has from the beginning.

import assert from "node:assert/strict";
import { type CliResult, runCli } from "./cli.ts";
import { type Cleanup, spawnDaemon, type SpawnedDaemon } from "./daemon.ts";

/** A daemon that has these workflows, defined by the command line; each by its name and steps. */
export async function spawnWith(
  cleanup: Cleanup,
  workflows: Record<string, object[]>,
): Promise<SpawnedDaemon> {
  const daemon = await spawnDaemon(cleanup);
  const env = { OPCODE_HOME: daemon.home };
  for (const [name, steps] of Object.entries(workflows)) {
    const input = JSON.stringify({ steps });
    const { code, stderr } = await runCli(["define", "-", "--name", name], { env, input });
    assert.equal(code, 0, stderr);
  }
  return daemon;
}

/** Starts a run of the workflow without waiting for it; answers its id. */
export async function startRun(
  cli: (...args: string[]) => Promise<CliResult>,
  name: string,
  ...more: string[]
): Promise<string> {
  const { stdout, stderr } = await cli("run", name, "--no-wait", ...more);
  assert.match(stdout, /^[0-9a-f-]{36}\n$/, stderr);
  return stdout.trim();
}
