// Whether the checker accepts correct runs of every kind: what is right must not be called wrong.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import { checkRun } from "./check.ts";
import { handedUp, Log } from "./build.ts";
import { act, condition, forEach, parallel, reasoning, wait } from "./steps.ts";

function accepts(log: Log, changes: Parameters<Log["evidence"]>[0] = {}): void {
  assert.deepEqual(checkRun(log.evidence(changes)), []);
}

test("a chain, with outputs read on", () => {
  const steps = [
    act("a", { value: "${{inputs.n}}" }),
    act("b", { value: "got ${{steps.a.output.value}}" }, { depends_on: ["a"] }),
  ];
  accepts(
    new Log(steps, { n: 7 }).run().done("a", 7).done("b", "got 7")
      .completeRun({ id: "b", attempt: 1, value: "got 7" }),
  );
});

test("two sinks give an object, a skipped one null", () => {
  const steps = [act("a"), act("b", {}, { condition: "inputs.n > 5" })];
  accepts(
    new Log(steps, { n: 1 }).run().done("a").skip("b", "condition_false")
      .completeRun({ a: { id: "a", attempt: 1, value: null }, b: null }),
  );
});

test("retries with a backoff, then success", () => {
  const retry = { max: 2, backoff: "linear" as const, delay: "1s" };
  const step = act("a", { behave: "flaky:2" }, { retry });
  accepts(
    new Log([step]).run().start("a").retry("a").pass(1_000).start("a").retry("a").pass(2_000)
      .done("a").completeRun({ id: "a", attempt: 3, value: null }),
  );
});

test("a failure that nothing handles fails the run, and what depends on it stays pending", () => {
  const steps = [act("a", { behave: "fail" }), act("b", {}, { depends_on: ["a"] })];
  accepts(new Log(steps).run().start("a").fail("a").failRun("a"));
});

test("retries that are used up", () => {
  const step = act("a", { behave: "fail" }, { retry: { max: 1 } });
  accepts(
    new Log([step]).run().start("a").retry("a").start("a").fail("a")
      .failRun("a", "RETRY_EXHAUSTED"),
  );
});

test("a failure that is ignored", () => {
  const step = act("a", { behave: "fail" }, { on_error: { strategy: "ignore" } });
  const error = { code: "EXECUTION_ERROR", message: "it failed" };
  accepts(
    new Log([step]).run().start("a")
      .add("error_handler_invoked", "a", { strategy: "ignore" })
      .add("step_ignored", "a", { error }).skip("a", "error_ignored").completeRun(null),
  );
});

const fallback: StepDefinition[] = [
  act("a", { behave: "fail" }, { on_error: { strategy: "fallback_step", fallback_step: "f" } }),
  act("f"),
  act("b", {}, { depends_on: ["a"] }),
];

test("a fallback that saves the run, before the dependents of the step it stands in for", () => {
  accepts(
    new Log(fallback).run().start("a")
      .add("error_handler_invoked", "a", { strategy: "fallback_step" })
      .add("step_fallback", "a", { original_step: "a", fallback_step: "f" }).fail("a")
      .done("f").done("b").completeRun({ id: "b", attempt: 1, value: null }),
  );
});

const fellBack = (steps: StepDefinition[]) =>
  new Log(steps).run().start("a")
    .add("error_handler_invoked", "a", { strategy: "fallback_step" })
    .add("step_fallback", "a", { original_step: "a", fallback_step: "f" }).fail("a")
    .done("f");
const stoodIn = { id: "f", attempt: 1, value: null };

test("a run whose last step failed has the output of its fallback, under its id", () => {
  accepts(fellBack(fallback.slice(0, 2)).completeRun(stoodIn));
  const beside = { id: "c", attempt: 1, value: null };
  accepts(
    fellBack([...fallback.slice(0, 2), act("c")]).done("c").completeRun({ f: stoodIn, c: beside }),
  );
});

test("a fallback that is not needed", () => {
  const steps = [{ ...fallback[0]!, params: { id: "a", behave: "ok" } }, ...fallback.slice(1)];
  accepts(
    new Log(steps).run().done("a").skip("f", "fallback_not_needed").done("b")
      .completeRun({ id: "b", attempt: 1, value: null }),
  );
});

test("a condition takes the branch of its key, or the default one, or none", () => {
  const step = condition("c", "inputs.n", { "2": [act("x")] });
  accepts(
    new Log([step], { n: 2 }).run().start("c")
      .add("condition_evaluated", "c", { expression: "inputs.n", result: "2" }).done("c.2.x")
      .complete("c", { branch: "2", output: { id: "x", attempt: 1, value: null } })
      .completeRun({ branch: "2", output: { id: "x", attempt: 1, value: null } }),
  );
  accepts(
    new Log([step], { n: 3 }).run().start("c")
      .add("condition_evaluated", "c", { expression: "inputs.n", result: "3" })
      .complete("c", { branch: "3", skipped: true }).completeRun({ branch: "3", skipped: true }),
  );
  const other = condition("c", "inputs.n == 2", { true: [] }, [act("d")]);
  const output = { branch: "default", output: { id: "d", attempt: 1, value: null } };
  accepts(
    new Log([other], { n: 3 }).run().start("c")
      .add("condition_evaluated", "c", { result: "false" }).done("c.default.d")
      .complete("c", output).completeRun(output),
  );
});

test("a loop over a list, two iterations at once", () => {
  const step = forEach("l", "inputs.items", [act("x", { value: "${{loop.item}}" })], {
    concurrency: 2,
  });
  const results = [1, 2, 3].map((value) => ({ id: "x", attempt: 1, value }));
  accepts(
    new Log([step], { items: [1, 2, 3] }).run().start("l", { items: [1, 2, 3] })
      .add("loop_iter_started", "l", { iteration: 0, item: 1 })
      .add("loop_iter_started", "l", { iteration: 1, item: 2 })
      .start("l.iter_0.x").done("l.iter_1.x", 2)
      .add("loop_iter_completed", "l", { iteration: 1, item: 2 })
      .add("loop_iter_started", "l", { iteration: 2, item: 3 })
      .complete("l.iter_0.x", undefined, 1)
      .add("loop_iter_completed", "l", { iteration: 0, item: 1 }).done("l.iter_2.x", 3)
      .add("loop_iter_completed", "l", { iteration: 2, item: 3 })
      .add("loop_completed", "l").complete("l", { iterations: 3, results })
      .completeRun({ iterations: 3, results }),
  );
});

test("a while and an until loop", () => {
  const loop = (mode: string, test: string): StepDefinition => ({
    id: "l",
    type: "loop",
    config: { mode, condition: test, body: [act("x")] as never },
  });
  const result = { id: "x", attempt: 1, value: null };
  const twice = { iterations: 2, results: [result, result] };
  for (const step of [loop("while", "iter.index < 2"), loop("until", "iter.index >= 1")]) {
    const log = new Log([step]).run().start("l");
    for (const iteration of [0, 1]) {
      log.add("loop_iter_started", "l", { iteration }).done(`l.iter_${iteration}.x`)
        .add("loop_iter_completed", "l", { iteration });
    }
    accepts(log.add("loop_completed", "l").complete("l", twice).completeRun(twice));
  }
});

test("a retried loop begins from nothing, with new attempts", () => {
  const step = forEach("l", [1], [act("x", { behave: "flaky:1" })], { retry: { max: 1 } });
  const error = handedUp("l.iter_0.x");
  const output = { iterations: 1, results: [{ id: "x", attempt: 2, value: null }] };
  accepts(
    new Log([step]).run().start("l", { items: [1] })
      .add("loop_iter_started", "l", { iteration: 0, item: 1 }).start("l.iter_0.x")
      .fail("l.iter_0.x")
      .add("step_retry_attempt", "l", { error, reset: ["l.iter_0.x"] }).add("step_retrying", "l")
      .start("l", { items: [1] })
      .add("loop_iter_started", "l", { iteration: 0, item: 1 }).done("l.iter_0.x")
      .add("loop_iter_completed", "l", { iteration: 0, item: 1 }).add("loop_completed", "l")
      .complete("l", output).completeRun(output),
  );
});

test("all branches, and the first of them", () => {
  const x = { id: "x", attempt: 1, value: null };
  const y = { id: "y", attempt: 1, value: null };
  const all = { mode: "all", branches: [x, y, null] };
  accepts(
    new Log([parallel("p", [[act("x")], [act("y")], []])]).run().start("p")
      .add("parallel_started", "p", { mode: "all", branches: 3 })
      .start("p.branch_0.x").done("p.branch_1.y").complete("p.branch_0.x")
      .add("parallel_completed", "p").complete("p", all).completeRun(all),
  );
  const race = { mode: "race", winner: 1, output: y };
  accepts(
    new Log([parallel("p", [[act("x"), act("z")], [act("y")]], "race")]).run().start("p")
      .add("parallel_started", "p", { mode: "race", branches: 2 })
      .start("p.branch_0.x").done("p.branch_1.y").add("parallel_completed", "p")
      .skip("p.branch_0.x", "race_lost").skip("p.branch_0.z", "race_lost")
      .complete("p", race).completeRun(race),
  );
});

test("the failure of a branch is handed up, of all branches the one with the lowest index", () => {
  const branches = [[act("x", { behave: "fail" })], [act("y", { behave: "fail_hard" })]];
  accepts(
    new Log([parallel("p", branches)]).run().start("p")
      .add("parallel_started", "p", { mode: "all", branches: 2 })
      .start("p.branch_0.x").start("p.branch_1.y").fail("p.branch_1.y", "VALIDATION_ERROR")
      .fail("p.branch_0.x").fail("p", handedUp("p.branch_0.x") as never)
      .failRun("p.branch_0.x"),
  );
});

test("short waits run, long ones and those for a signal suspend, with their timers", () => {
  accepts(
    new Log([wait("w", { duration: "20s" })]).run().start("w")
      .add("wait_started", "w", { duration: "20s", signal: null }).pass(20_000)
      .add("wait_completed", "w").complete("w", { waited: 20_000 }).completeRun({ waited: 20_000 }),
  );
  const waiting = new Log([wait("w", { duration: "1h", signal: "go" })]).run().start("w")
    .add("wait_started", "w", { duration: "1h", signal: "go" })
    .add("step_suspended", "w", { reason: "waiting" }).add("workflow_suspended");
  const due = 1_002 + 3_600_000;
  accepts(waiting, { timers: [{ key: "wait:w", dueAt: due }] });
  const output = { signal: "go", payload: { name: "go" } };
  accepts(
    waiting.add("signal_received", null, { type: "data", payload: { name: "go" } })
      .add("variable_set", null, { key: "name", value: "go" }).add("workflow_resumed").resume("w")
      .add("wait_completed", "w").complete("w", output).completeRun(output),
  );
});

test("a decision in a branch: the steps around it suspend and go on", () => {
  const step = condition("c", "true", { true: [reasoning("r", { options: [{ id: "yes" }] })] });
  const asked = new Log([step]).run().start("c").add("condition_evaluated", "c", { result: "true" })
    .start("c.true.r").add("decision_requested", "c.true.r")
    .add("step_suspended", "c.true.r", { reason: "decision" })
    .add("step_suspended", "c", { reason: "waiting" }).add("workflow_suspended");
  accepts(asked);
  const resolution = { choice: "yes", resolved_by: "bob" };
  const output = { branch: "true", output: resolution };
  accepts(
    asked.add("signal_received", null, {
      type: "decision",
      step_id: "c.true.r",
      payload: { choice: "yes" },
    }).add("decision_resolved", "c.true.r", resolution).add("workflow_resumed").resume("c.true.r")
      .complete("c.true.r", resolution).resume("c").complete("c", output).completeRun(output),
  );
});

test("a decision whose time is over", () => {
  const config = { options: [{ id: "no" }], timeout: "5s" };
  const ask = (more: object) =>
    new Log([reasoning("r", { ...config, ...more })]).run().start("r").add(
      "decision_requested",
      "r",
    )
      .add("step_suspended", "r", { reason: "decision" }).add("workflow_suspended").pass(5_000)
      .add("workflow_resumed");
  const resolution = { choice: "no", reasoning: "timeout_auto_resolved", resolved_by: "system" };
  accepts(
    ask({ fallback: "no" }).add("decision_resolved", "r", resolution).resume("r")
      .complete("r", resolution).completeRun(resolution),
  );
  const failed = ask({}).fail("r", "TIMEOUT_ERROR").failRun("r", "TIMEOUT_ERROR", "TIMEOUT_ERROR");
  const [row] = failed.evidence().decisions;
  accepts(failed, { decisions: [{ ...row!, status: "timed_out" }] });
});

const interrupted = () =>
  new Log([act("a", {}, { action: "sim.external" })]).run().start("a")
    .add("workflow_interrupted", null, { reason: "process_restart", steps: ["a"] })
    .add("workflow_suspended");
const crashedCall = (log: Log) => ({
  key: `${log.evidence().record.run.id}:a:1`,
  stepId: "a",
  attempt: 1,
  ended: "crashed" as const,
});

test("an interrupted step waits for an answer and runs again with it", () => {
  const log = interrupted();
  accepts(log, { calls: [crashedCall(log)] });
  log.add("signal_received", null, { type: "retry", step_id: "a", renewed: ["a"] })
    .add("workflow_resumed").start("a", { interrupted: true }).complete("a")
    .completeRun({ id: "a", attempt: 2, value: null });
  accepts(log, { calls: [crashedCall(log), ...log.evidence().calls] });
});

test("a failed run that a retry revives, with what was skipped because of the failure", () => {
  const steps = [
    act("slow", {}, { action: "sim.external" }),
    act("bad", { behave: "flaky:1" }, { on_error: { strategy: "fail_workflow" } }),
  ];
  const output = {
    slow: { id: "slow", attempt: 2, value: null },
    bad: { id: "bad", attempt: 2, value: null },
  };
  accepts(
    new Log(steps).run().start("slow").start("bad")
      .add("error_handler_invoked", "bad", { strategy: "fail_workflow" }).fail("bad")
      .skip("slow", "workflow_failed").failRun("bad")
      .add("signal_received", null, { type: "retry", step_id: "bad", reset: ["bad", "slow"] })
      .add("workflow_resumed").done("slow").done("bad").completeRun(output),
  );
});

test("hooks run at the end, whatever becomes of them", () => {
  const definition = { steps: [act("a")], on_complete: act("h", { behave: "fail" }) };
  accepts(
    new Log(definition).run().done("a").start("h").fail("h")
      .completeRun({ id: "a", attempt: 1, value: null }),
  );
});

test("a cancelled run skips what is open", () => {
  accepts(
    new Log([act("a", {}, { action: "sim.external" })]).run().start("a")
      .add("signal_received", null, { type: "cancel" })
      .add("workflow_cancelled", null, { reason: "enough" }).and.skip("a", "cancelled_in_flight"),
  );
});

test("a run and its child", () => {
  const child = new Log([act("x")]).run().done("x").completeRun({
    id: "x",
    attempt: 1,
    value: null,
  })
    .evidence();
  const kid = { runNo: 2, parentRunNo: 1, parentStepId: "s", createdAt: 1_001 };
  Object.assign(child.record.run, kid);
  const output = { id: "x", attempt: 1, value: null };
  const step: StepDefinition = {
    id: "s",
    action: "workflow.run",
    params: { template_name: "child" },
  };
  accepts(new Log([step]).run().start("s").complete("s", output).completeRun(output), {
    children: { [child.record.run.id]: child },
  });
});
