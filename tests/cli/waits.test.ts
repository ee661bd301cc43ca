// What the command line says that a run waits for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitLines } from "../../cli/waits.ts";
import type { StatusReply } from "../../engine/api.ts";

const run = (more: Partial<StatusReply>): StatusReply => ({
  workflow_id: "R",
  status: "suspended",
  template_name: "w",
  template_version: "v1",
  agent_id: "a",
  created_at: "",
  steps: {},
  pending_decisions: [],
  events: [],
  ...more,
});

test("a question of several lines keeps them, and data that is null is told", () => {
  const decision = {
    id: "d",
    decision_id: "d",
    workflow_id: "R",
    step_id: "ask",
    agent_id: "a",
    status: "pending" as const,
    context: { prompt: "Go?\n\nThink\u0007 first.", data: { found: null } },
    options: [],
    created_at: "",
  };
  assert.deepEqual(waitLines(run({ pending_decisions: [decision] })), [
    "waits for a decision at ask: Go?",
    "",
    "  Think\\u0007 first.",
    "  found = null",
    "  any answer",
    "    opcode signal R decision --decision d --choice CHOICE",
  ]);
});

test("a run that its timeout has suspended says how it goes on", () => {
  assert.deepEqual(waitLines(run({ timed_out: true })), [
    "its timeout is over, and nothing goes on until a signal grants it anew, such as:",
    "  opcode signal R data",
  ]);
});
