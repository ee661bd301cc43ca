// Runs that tests start by the command line, of workflows that a daemon has from the beginning.

import assert from "node:assert/strict";
import { DEFAULT_AGENT } from "../../cli/context.ts";
import type { CliResult } from "./cli.ts";
import { type Cleanup, spawnDaemon, type SpawnedDaemon } from "./daemon.ts";
import { rest } from "./http.ts";

/** A daemon that has these workflows, as the command line defines them; each by its name and steps. */
export async function spawnWith(
  cleanup: Cleanup,
  workflows: Record<string, object[]>,
): Promise<SpawnedDaemon> {
  const daemon = await spawnDaemon(cleanup);
  for (const [name, steps] of Object.entries(workflows)) {
    const template = { name, agent_id: DEFAULT_AGENT, definition: { steps } };
    const { status, body } = await rest(daemon.url, "POST", "/api/v1/templates", template);
    assert.equal(status, 201, JSON.stringify(body));
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
