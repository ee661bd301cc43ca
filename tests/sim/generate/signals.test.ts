// Whether signals are aimed at what is pending, and invalid ones at what must be refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { seeded } from "../../support/random.ts";
import { Log } from "../check/build.ts";
import { act, reasoning, wait } from "../check/steps.ts";
import { type Intent, pickAnswer, pickSignal, type RunView, type View } from "./signals.ts";
import { viewOf } from "./view.ts";

const idle: RunView = {
  id: "run-1",
  status: "active",
  interrupted: [],
  timedOut: false,
  pendingDecisions: [],
  waitingSignals: [],
  keptNames: [],
  failedSteps: [],
  suspendedSteps: [],
  completedSteps: [],
};
const view = (...runs: Partial<RunView>[]): View => ({
  runs: runs.map((run) => ({ ...idle, ...run })),
});
const intent = (kind: Intent["kind"], invalid = false): Intent => ({ at: 0, kind, invalid });

/** What the first hundred seeds give. */
function draws<T>(make: (random: () => number) => T | null): T[] {
  return Array.from({ length: 100 }, (_, seed) => make(seeded(seed))).filter((one) => one !== null);
}

test("a decision names its step, one of its options, and the agent who may take it", () => {
  const pending = { id: "d1", stepId: "a.true.r", options: ["o0", "o1"], targetAgent: "bob" };
  const picked = draws((random) =>
    pickSignal(random, intent("decision"), view({ pendingDecisions: [pending] }))
  );
  assert.equal(picked.length, 100);
  for (const { request, refusal } of picked) {
    assert.equal(refusal, null);
    const { step_id = "a.true.r", decision_id = "d1" } = request;
    assert.deepEqual([step_id, decision_id, request.agent_id], ["a.true.r", "d1", "bob"]);
    assert.ok(request.step_id ?? request.decision_id);
    assert.ok(pending.options.includes(request.payload!.choice as string));
  }
});

test("data meets a wait by its id, its short id or its name", () => {
  const waiting = view({ waitingSignals: [{ stepId: "l.iter_0.w", name: "go" }] });
  const ways = new Set(
    draws((random) => pickSignal(random, intent("data"), waiting)).map(({ request }) =>
      request.step_id ??
        (request.payload!.signal ? "signal" : request.payload!.name ? "name" : "none")
    ),
  );
  assert.deepEqual([...ways].sort(), ["l.iter_0.w", "name", "none", "signal", "w"]);
});

test("nothing is sent where nothing waits", () => {
  const over = view({ status: "completed" });
  for (const kind of ["decision", "data", "retry", "skip", "cancel"] as const) {
    assert.deepEqual(draws((random) => pickSignal(random, intent(kind), over)), []);
  }
  assert.deepEqual(draws((random) => pickAnswer(random, over)), []);
});

test("an invalid signal names the codes that may refuse it", () => {
  const runs = view(
    { pendingDecisions: [{ id: "d1", stepId: "r", options: ["o0"], targetAgent: "bob" }] },
    { id: "run-2", status: "completed", completedSteps: ["a"] },
  );
  for (const kind of ["decision", "retry", "skip", "cancel", "data"] as const) {
    const picked = draws((random) => pickSignal(random, intent(kind, true), runs));
    assert.ok(picked.length > 20, `${picked.length} of ${kind}`);
    for (const { refusal } of picked) assert.ok(refusal!.length > 0);
  }
});

test("a view shows decisions, waits, failures and what was interrupted", () => {
  const asked = new Log([reasoning("r", { options: [{ id: "yes" }] }), wait("w", { signal: "go" })])
    .run().start("r").add("decision_requested", "r").add("step_suspended", "r")
    .start("w").add("wait_started", "w", { duration: null, signal: "go" }).add(
      "step_suspended",
      "w",
    )
    .add("workflow_suspended");
  const seen = viewOf(asked.evidence());
  assert.equal(seen.status, "suspended");
  assert.deepEqual(
    seen.pendingDecisions.map(({ stepId, options, targetAgent }) => [stepId, options, targetAgent]),
    [["r", ["yes"], null]],
  );
  assert.ok(seen.pendingDecisions[0]!.id);
  assert.deepEqual(seen.waitingSignals, [{ stepId: "w", name: "go" }]);
  assert.deepEqual(seen.suspendedSteps, ["r", "w"]);
  const external = act("a", {}, { action: "sim.external" });
  const stopped = new Log([external]).run().start("a")
    .add("workflow_interrupted", null, { reason: "process_restart", steps: ["a"] })
    .add("workflow_suspended");
  assert.deepEqual(viewOf(stopped.evidence()).interrupted, ["a"]);
  const timedOut = new Log({ steps: [external], timeout: "1s", on_timeout: "suspend" }).run()
    .start("a").add("workflow_timed_out").add("workflow_suspended", null, { reason: "timed_out" });
  assert.deepEqual(viewOf(timedOut.evidence()).interrupted, ["a"]);
  assert.equal(viewOf(timedOut.evidence()).timedOut, true);
});
