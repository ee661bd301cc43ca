// Steps and calls that the tests of forks share.

import type { JsonObject } from "../../core/json.ts";
import type { RunReply, RunRequest } from "../../engine/api.ts";
import type { TestEngine } from "./test-engine.ts";

export const external = (id: string, more: JsonObject = {}) => ({
  id,
  action: "test.external",
  ...more,
});
export const echo = (id: string, more: JsonObject = {}) => ({ id, action: "test.echo", ...more });
export const failing = (id: string, more: JsonObject = {}) => ({
  id,
  action: "test.fail",
  ...more,
});

/** Starts a run that goes on from a step of another; waits as a client does. */
export function fork(
  engine: TestEngine,
  from_run: string,
  from_step: string,
  more: Partial<RunRequest> = {},
): Promise<RunReply> {
  return engine.opcode.run({ agent_id: "forker", from_run, from_step, ...more });
}

/** Runs the steps, each external one answering with its own id in capitals. */
export async function runAnswered(
  engine: TestEngine,
  steps: JsonObject[],
  ids: string[],
): Promise<string> {
  const reply = engine.run(steps);
  await answer(engine, ids);
  return (await reply).workflow_id;
}

/** Returns a call of each step, in this order. */
export async function answer(engine: TestEngine, ids: string[]): Promise<void> {
  for (const id of ids) (await engine.called(id)).resolve(id.toUpperCase());
}
