// What an action can reach of the engine through the context that it is given.

import assert from "node:assert/strict";
import { test } from "node:test";
import { StepContext } from "../../../engine/calls/action-context.ts";
import type { ActionContext, WorkflowDoor } from "../../../actions/action.ts";
import type { AttemptMemory } from "../../../engine/calls/attempt-memory.ts";
import type { RunState, StepState } from "../../../engine/state/state.ts";

const PUBLIC: Record<keyof ActionContext | keyof WorkflowDoor, true> = {
  runId: true,
  stepId: true,
  attempt: true,
  agentId: true,
  idempotencyKey: true,
  signal: true,
  stepTimeoutMs: true,
  maxOutput: true,
  reserve: true,
  release: true,
  noteIsolation: true,
  scope: true,
  evaluate: true,
  holdsSecret: true,
  violations: true,
  workflow: true,
  host: true,
  emit: true,
  readContext: true,
  updateContext: true,
  log: true,
  notify: true,
};

test("an action's context has what an action may use, and neither the run nor the engine", () => {
  const port = { env: "the engine" } as never;
  const run = { row: { id: "r", agentId: "a" } } as RunState;
  const step = { id: "s", row: { attempt: 2 }, plan: { timeoutMs: null } } as StepState;
  const context = new StepContext(port, { run, step, memory: {} as AttemptMemory });
  const names = [
    ...Reflect.ownKeys(context),
    ...Reflect.ownKeys(StepContext.prototype).filter((name) => name !== "constructor"),
  ];
  assert.deepEqual(names.toSorted(), Object.keys(PUBLIC).toSorted());
  assert.equal(context.idempotencyKey, "r:s:2");
});
