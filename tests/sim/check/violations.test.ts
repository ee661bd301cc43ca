// Whether the checker finds what is wrong: each case is a run with one fault in it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { StepDefinition } from "../../../engine/definition/types.ts";
import type { StoredStep } from "../../../engine/store/store.ts";
import { handedUp, Log, RUN_ID } from "./build.ts";
import { checkRun } from "./check.ts";
import type { Evidence } from "./evidence.ts";
import { checkProgress } from "./progress.ts";
import { act, condition, forEach, parallel, reasoning, wait } from "./steps.ts";

/** The fault must be among what is found, or what is found must be about it. */
function finds(name: string, expected: RegExp, make: () => Evidence | Log): void {
  test(name, () => {
    const made = make();
    const found = checkRun(made instanceof Log ? made.evidence() : made);
    assert.ok(found.some((line) => expected.test(line)), `found only: ${JSON.stringify(found)}`);
  });
}

const own = (id: string, attempt = 1) => ({ id, attempt, value: null });
const external = (id: string, more: Partial<StepDefinition> = {}, behave = "ok") =>
  act(id, { behave }, { action: "sim.external", ...more });
const chain = [act("a"), act("b", {}, { depends_on: ["a"] })];
const whole = () => new Log(chain).run().done("a").done("b").completeRun(own("b"));

function withStep(log: Log, id: string, change: Partial<StoredStep>): Evidence {
  const evidence = log.evidence();
  const steps = evidence.record.steps.map((row) => row.stepId === id ? { ...row, ...change } : row);
  return { ...evidence, record: { ...evidence.record, steps } };
}

// The log and the rows.

finds("a sequence number that is missing", /event 3 has the sequence number 4/, () => {
  const evidence = whole().evidence();
  const events = evidence.record.events.filter(({ seq }) => seq !== 3);
  return { ...evidence, record: { ...evidence.record, events } };
});

finds("a sequence number that is used twice", /event 4 has the sequence number 3/, () => {
  const evidence = whole().evidence();
  const events = evidence.record.events.map((event) =>
    event.seq === 4 ? { ...event, seq: 3 } : event
  );
  return { ...evidence, record: { ...evidence.record, events } };
});

finds(
  "a step row with another status than its log",
  /step b: its row has status "running", its log "completed"/,
  () => withStep(whole(), "b", { status: "running" }),
);

finds(
  "a step row with another output than its log",
  /step b: its row has output 7/,
  () => withStep(whole(), "b", { output: "7" }),
);

finds("a step without a row", /step a is in the log and has no row/, () => {
  const evidence = whole().evidence();
  const steps = evidence.record.steps.filter(({ stepId }) => stepId !== "a");
  return { ...evidence, record: { ...evidence.record, steps } };
});

finds("a run row with another status than its log", /the run's row is active/, () => {
  const evidence = whole().evidence();
  const run = { ...evidence.record.run, status: "active" as const };
  return { ...evidence, record: { ...evidence.record, run } };
});

finds(
  "context that was set and is not there",
  /context.k is nothing/,
  () => {
    const evidence = new Log([external("a")]).run().start("a")
      .add("signal_received", null, { type: "data", payload: { k: 1 } })
      .add("variable_set", null, { key: "k", value: 1 }).complete("a").completeRun(own("a"))
      .evidence();
    return { ...evidence, record: { ...evidence.record, context: null } };
  },
);

// Transitions.

finds(
  "a completed step that runs again",
  /step_started a\): the step was completed/,
  () => new Log(chain).run().done("a").done("a").done("b").completeRun(own("b")),
);

finds(
  "an attempt number that is used twice",
  /attempt 1 follows attempt 1/,
  () =>
    new Log([act("a", { behave: "flaky:1" }, { retry: { max: 1 } })]).run().start("a").retry("a")
      .add("step_started", "a", { attempt: 1 }).complete("a").completeRun(own("a")),
);

finds(
  "a suspended step that completes without going on first",
  /step_completed w\): the step was suspended/,
  () =>
    new Log([wait("w", { duration: "1h" })]).run().start("w")
      .add("wait_started", "w", { duration: "1h", signal: null })
      .add("step_suspended", "w", { reason: "waiting" }).pass(3_600_000)
      .add("wait_completed", "w").complete("w", { waited: 3_600_000 })
      .completeRun({ waited: 3_600_000 }),
);

finds(
  "a run that goes on after its end",
  /step_started a\): the run was completed/,
  () => new Log([act("a")]).run().done("a").completeRun(own("a")).start("a"),
);

finds(
  "a failed run that goes on without being asked",
  /the run had failed and nobody asked/,
  () =>
    new Log([act("a", { behave: "flaky:1" })]).run().start("a").fail("a").failRun("a")
      .add("workflow_resumed").done("a").completeRun(own("a", 2)),
);

finds(
  "a reset of a step that had completed",
  /resets a, which was completed/,
  () =>
    new Log([act("a"), act("b", { behave: "fail" })]).run().done("a").start("b").fail("b")
      .failRun("b").add("signal_received", null, { type: "retry", step_id: "b", reset: ["a", "b"] })
      .add("workflow_resumed").done("a").start("b").fail("b").failRun("b"),
);

// Order.

finds(
  "a step that starts before what it depends on",
  /its dependency a is not settled/,
  () => new Log(chain).run().done("b").done("a").completeRun(own("b")),
);

finds(
  "a fallback that nobody called",
  /nothing that falls back to it has failed/,
  () => {
    const on_error = { strategy: "fallback_step" as const, fallback_step: "f" };
    return new Log([act("a", {}, { on_error }), act("f")]).run().done("a").done("f")
      .completeRun(own("a"));
  },
);

finds(
  "a later step of a list that starts before an earlier one",
  /p.branch_0.x before it is not settled/,
  () =>
    new Log([parallel("p", [[act("x"), act("y")]])]).run().start("p")
      .add("parallel_started", "p", { mode: "all", branches: 1 })
      .done("p.branch_0.y").done("p.branch_0.x").add("parallel_completed", "p")
      .complete("p", { mode: "all", branches: [own("x")] })
      .completeRun({ mode: "all", branches: [own("x")] }),
);

finds(
  "a step of a branch that was not taken",
  /c.false. is not open/,
  () =>
    new Log([condition("c", "true", { true: [act("x")], false: [act("y")] })]).run().start("c")
      .add("condition_evaluated", "c", { result: "true" }).done("c.false.y").done("c.true.x")
      .complete("c", { branch: "true", output: own("x") })
      .completeRun({ branch: "true", output: own("x") }),
);

finds(
  "a top-level step that begins after the run's first failure",
  /the run had failed already/,
  () =>
    new Log([act("a", { behave: "fail" }), external("b"), act("c", {}, { depends_on: ["b"] })])
      .run()
      .start("b").start("a").fail("a").complete("b").done("c").failRun("a"),
);

// Guards.

finds(
  "a step that runs although its guard is false",
  /its guard is false/,
  () =>
    new Log([act("a", {}, { condition: "inputs.n == 1" })], { n: 2 }).run().done("a")
      .completeRun(own("a")),
);

finds(
  "a step that is passed over although its guard is true",
  /its guard is true/,
  () =>
    new Log([act("a", {}, { condition: "inputs.n == 1" })], { n: 1 }).run()
      .skip("a", "condition_false").completeRun(null),
);

finds(
  "a step that runs although its guard fails",
  /its guard fails, and the step ran/,
  () => new Log([act("a", {}, { condition: "1/0 == 1" })]).run().done("a").completeRun(own("a")),
);

// Outputs and errors.

finds(
  "an output that the action does not give",
  /its output is .*instead of/,
  () => new Log([act("a", { value: 1 })]).run().done("a", 2).completeRun({ ...own("a"), value: 2 }),
);

finds(
  "an action that succeeds in an attempt in which it fails",
  /its action does not succeed/,
  () => new Log([act("a", { behave: "flaky:1" })]).run().done("a").completeRun(own("a")),
);

finds(
  "an action that fails although it succeeds",
  /does not fail with EXECUTION_ERROR/,
  () => new Log([act("a")]).run().start("a").fail("a").failRun("a"),
);

finds(
  "a child's output that is not the step's",
  /step_completed s\): its output is/,
  () => {
    const child = new Log([act("x")]).run().done("x").completeRun(own("x")).evidence();
    const kid = { runNo: 2, parentRunNo: 1, parentStepId: "s", createdAt: 1_001 };
    Object.assign(child.record.run, kid);
    const step: StepDefinition = {
      id: "s",
      action: "workflow.run",
      params: { template_name: "k" },
    };
    return new Log([step]).run().start("s").complete("s", 5).completeRun(5)
      .evidence({ children: { kid: child } });
  },
);

finds(
  "a branch that is not the one of its expression",
  /it takes false, its expression is true/,
  () =>
    new Log([condition("c", "true", { true: [act("x")], false: [] })]).run().start("c")
      .add("condition_evaluated", "c", { result: "false" }).complete("c", { branch: "false" })
      .completeRun({ branch: "false" }),
);

finds(
  "a condition that is done before its branch",
  /its branch is not done/,
  () =>
    new Log([condition("c", "true", { true: [act("x")] })]).run().start("c")
      .add("condition_evaluated", "c", { result: "true" })
      .complete("c", { branch: "true", output: null }).completeRun({
        branch: "true",
        output: null,
      }),
);

finds(
  "a failure that is handed up as another one",
  /its error is STEP_FAILED of nobody instead of/,
  () => {
    const error = { code: "STEP_FAILED" as const, message: "something failed" };
    return new Log([act("a", { behave: "fail" })]).run().start("a").fail("a")
      .add("workflow_failed", null, { error });
  },
);

finds(
  "a race's error that is not the first failure's",
  /instead of NON_RETRYABLE of p.branch_1.y/,
  () => {
    const branches = [[external("x", {}, "fail")], [external("y", {}, "fail_hard")]];
    return new Log([parallel("p", branches, "race")]).run().start("p")
      .add("parallel_started", "p", { mode: "race", branches: 2 })
      .start("p.branch_0.x").start("p.branch_1.y").fail("p.branch_1.y", "VALIDATION_ERROR")
      .fail("p.branch_0.x").fail("p", handedUp("p.branch_0.x") as never).failRun("p.branch_0.x");
  },
);

// Loops and branches.

const loop = (items: number[] = [1, 2]) =>
  new Log([forEach("l", [1, 2], [act("x")])]).run().start("l", { items });
const turn = (log: Log, iteration: number, item = iteration + 1) =>
  log.add("loop_iter_started", "l", { iteration, item }).done(`l.iter_${iteration}.x`)
    .add("loop_iter_completed", "l", { iteration, item });
const both = { iterations: 2, results: [own("x"), own("x")] };
const one = { iterations: 1, results: [own("x")] };
const end = (log: Log, output: object = both) =>
  log.add("loop_completed", "l").complete("l", output as never).completeRun(output as never);

finds(
  "a loop over another list",
  /its items are \[1,3\] instead of \[1,2\]/,
  () => end(turn(turn(loop([1, 3]), 0), 1, 3)),
);

finds(
  "an iteration out of its turn",
  /iteration 1 begins, 0 would be next/,
  () => end(turn(turn(loop(), 1), 0)),
);

finds("a loop that ends too early", /1 of 2 items/, () => end(turn(loop(), 0), one));

finds(
  "an iteration that ends before its steps",
  /iteration 0 is not done/,
  () =>
    end(turn(
      loop().add("loop_iter_started", "l", { iteration: 0, item: 1 })
        .add("loop_iter_completed", "l", { iteration: 0, item: 1 }).done("l.iter_0.x"),
      1,
    )),
);

finds(
  "more iterations at once than there may be",
  /more than 1 iterations at once/,
  () =>
    loop().add("loop_iter_started", "l", { iteration: 0, item: 1 })
      .add("loop_iter_started", "l", { iteration: 1, item: 2 }),
);

finds(
  "results in another order",
  /step_completed l\): its output is/,
  () => end(turn(turn(loop(), 0), 1), { iterations: 2, results: [own("x", 2), own("x")] }),
);

finds(
  "a race that another branch had won",
  /step_completed p\): its output is .*"winner":1.* instead of .*"winner":0/,
  () => {
    const output = { mode: "race", winner: 1, output: own("y") };
    return new Log([parallel("p", [[act("x")], [act("y")]], "race")]).run().start("p")
      .add("parallel_started", "p", { mode: "race", branches: 2 })
      .done("p.branch_0.x").done("p.branch_1.y").add("parallel_completed", "p")
      .complete("p", output).completeRun(output);
  },
);

finds(
  "a step of a losing branch that is left under way",
  /p.branch_0.x is running inside p, which is completed/,
  () => {
    const output = { mode: "race", winner: 1, output: own("y") };
    return new Log([parallel("p", [[external("x")], [act("y")]], "race")]).run().start("p")
      .add("parallel_started", "p", { mode: "race", branches: 2 })
      .start("p.branch_0.x").done("p.branch_1.y").add("parallel_completed", "p")
      .complete("p", output).completeRun(output);
  },
);

// Retries and handlers.

finds(
  "a retry too many",
  /it was retried 1 times of 1 already/,
  () =>
    new Log([act("a", { behave: "fail" }, { retry: { max: 1 } })]).run().start("a").retry("a")
      .start("a").retry("a").start("a").fail("a").failRun("a", "RETRY_EXHAUSTED"),
);

finds(
  "a retry before its time",
  /the retry begins 999 ms too early|the retry begins 998 ms too early/,
  () =>
    new Log([act("a", { behave: "flaky:1" }, { retry: { max: 1, delay: "1s" } })]).run().start("a")
      .retry("a").done("a").completeRun(own("a", 2)),
);

finds(
  "a failure with retries left",
  /it fails with 2 retries left/,
  () =>
    new Log([act("a", { behave: "fail" }, { retry: { max: 2 } })]).run().start("a").fail("a")
      .failRun("a"),
);

finds(
  "a failure that should have been ignored",
  /its on_error says ignore/,
  () =>
    new Log([act("a", { behave: "fail" }, { on_error: { strategy: "ignore" } })]).run().start("a")
      .fail("a").failRun("a"),
);

// Waits and decisions.

finds(
  "a wait that ends too early",
  /it ends \d+ ms too early/,
  () =>
    new Log([wait("w", { duration: "5s" })]).run().start("w")
      .add("wait_started", "w", { duration: "5s", signal: null }).pass(4_000)
      .add("wait_completed", "w").complete("w", { waited: 5_000 }).completeRun({ waited: 5_000 }),
);

const waiting = () =>
  new Log([wait("w", { signal: "go" })]).run().start("w")
    .add("wait_started", "w", { duration: null, signal: "go" })
    .add("step_suspended", "w", { reason: "waiting" }).add("workflow_suspended");

finds(
  "a wait that was met by nobody",
  /no signal since it began gives this output/,
  () =>
    waiting().add("workflow_resumed").resume("w").add("wait_completed", "w")
      .complete("w", { signal: "go", payload: {} }).completeRun({ signal: "go", payload: {} }),
);

finds(
  "a wait that its signal does not end",
  /w waits on/,
  () =>
    waiting().add("signal_received", null, { type: "data", payload: { signal: "go" } })
      .add("variable_set", null, { key: "signal", value: "go" }),
);

const asked = (config: object = {}) =>
  new Log([reasoning("r", { options: [{ id: "yes" }], ...config })]).run().start("r")
    .add("decision_requested", "r").add("step_suspended", "r", { reason: "decision" })
    .add("workflow_suspended");
const decided = (log: Log, resolution: { choice: string; resolved_by: string }, choice = "yes") =>
  log.add("signal_received", null, { type: "decision", step_id: "r", payload: { choice } })
    .add("decision_resolved", "r", resolution).add("workflow_resumed").resume("r")
    .complete("r", resolution).completeRun(resolution);

finds(
  "a choice that is no option",
  /maybe is no option/,
  () => decided(asked(), { choice: "maybe", resolved_by: "bob" }, "maybe"),
);

finds(
  "a decision by somebody else than whom it is for",
  /bob may not decide it/,
  () => decided(asked({ target_agent: "alice" }), { choice: "yes", resolved_by: "bob" }),
);

finds(
  "a decision that comes too late",
  /it was resolved too late/,
  () => decided(asked({ timeout: "1s" }).pass(2_000), { choice: "yes", resolved_by: "bob" }),
);

finds("a question without a row", /decision_requested r\): 0 rows/, () => {
  return { ...asked().evidence(), decisions: [] };
});

finds("two rows for one question", /r has 2 pending decisions/, () => {
  const evidence = asked().evidence();
  return { ...evidence, decisions: [...evidence.decisions, ...evidence.decisions] };
});

finds(
  "a stale decision that is applied to a step that is over",
  /step_completed r\): the step was skipped/,
  () =>
    asked().add("signal_received", null, { type: "skip", step_id: "r" }).skip("r", "skipped")
      .add("workflow_resumed").complete("r", { choice: "yes", resolved_by: "bob" })
      .completeRun({ choice: "yes", resolved_by: "bob" }),
);

// Timers.

const backingOff = () =>
  new Log([act("a", { behave: "flaky:1" }, { retry: { max: 1, delay: "1h" } })]).run().start("a")
    .retry("a").add("workflow_suspended");

finds("a backoff without its timer", /timer backoff:a is missing/, backingOff);

finds(
  "a timer that is due at another time",
  /timer backoff:a is due at 5 instead of/,
  () => backingOff().evidence({ timers: [{ key: "backoff:a", dueAt: 5 }] }),
);

finds(
  "a timer that nothing waits for",
  /timer wait:b has no reason/,
  () => whole().evidence({ timers: [{ key: "wait:b", dueAt: 5_000 }] }),
);

finds(
  "a decision with a time limit and no timer",
  /timer decision:r is missing/,
  () => asked({ timeout: "1h" }),
);

// Calls.

const call = (attempt: number, ended: "result" | "crashed" | "aborted" = "result") => ({
  key: `${RUN_ID}:a:${attempt}`,
  stepId: "a",
  attempt,
  ended,
});
const outside = () => new Log([external("a")]).run().done("a").completeRun(own("a"));

finds(
  "two calls with one key",
  /was called twice/,
  () => outside().evidence({ calls: [call(1), call(1)] }),
);

finds(
  "a step outside that completed and was never called",
  /its call was never made/,
  () => outside().evidence({ calls: [] }),
);

finds(
  "a call of an attempt that was not recorded as started",
  /its attempt was not recorded as started/,
  () => outside().evidence({ calls: [call(1), call(2)] }),
);

finds(
  "a call whose outcome is lost and that nobody is told about",
  /its outcome \(crashed\) is lost and nobody was told/,
  () => new Log([external("a")]).run().start("a").evidence({ calls: [call(1, "crashed")] }),
);

finds(
  "a step outside that runs again although nobody was asked",
  /it runs again and no interruption was reported/,
  () =>
    new Log([external("a")]).run().start("a").done("a").completeRun(own("a", 2))
      .evidence({ calls: [call(1, "crashed"), call(2)] }),
);

// Signals.

finds(
  "a retry of a step that had not failed",
  /a was completed/,
  () =>
    new Log([act("a"), act("b", { behave: "fail" })]).run().done("a").start("b").fail("b")
      .failRun("b").add("signal_received", null, { type: "retry", step_id: "a", renewed: ["a"] }),
);

finds(
  "a decision signal where nothing was asked",
  /no decision was pending there/,
  () =>
    new Log([external("a")]).run().start("a")
      .add("signal_received", null, { type: "decision", step_id: "a", payload: { choice: "x" } }),
);

finds(
  "a cancel that cancels nothing",
  /no workflow_cancelled follows/,
  () =>
    new Log([external("a")]).run().start("a").add("signal_received", null, { type: "cancel" })
      .complete("a").completeRun(own("a")),
);

// The end.

finds(
  "a run that completes before its steps",
  /workflow_completed\): not all steps are settled/,
  () => new Log(chain).run().done("a").completeRun(null),
);

finds(
  "a run's output that is not its sink's",
  /workflow_completed\): its output is/,
  () => new Log(chain).run().done("a").done("b").completeRun(own("a")),
);

finds(
  "a run that completes over a failure that nothing handled",
  /not all steps are settled/,
  () => new Log([act("a", { behave: "fail" })]).run().start("a").fail("a").completeRun(null),
);

finds(
  "a run that ends without its hook",
  /its hook h is pending/,
  () => new Log({ steps: [act("a")], on_complete: act("h") }).run().done("a").completeRun(own("a")),
);

finds(
  "a run at rest with nothing to wait for",
  /the run is suspended and waits for nothing/,
  () => new Log(chain).run().done("a").add("workflow_suspended"),
);

finds(
  "a step that could begin and does not",
  /b could begin and has not/,
  () => new Log(chain).run().done("a").add("workflow_suspended"),
);

finds(
  "an active run at rest",
  /the run is active, and nothing moves/,
  () => new Log(chain).run().start("a"),
);

test("a log that lost or changed an event between two readings", () => {
  const log = new Log(chain).run().done("a");
  const before = log.evidence().record;
  const after = whole().evidence().record;
  assert.deepEqual(checkProgress(before, after), []);
  assert.match(checkProgress(after, before).join(), /event 4 \(step_started\) is gone/);
  const events = after.events.map((event) => event.seq === 2 ? { ...event, payload: "{}" } : event);
  assert.match(checkProgress(before, { ...after, events }).join(), /event 2 was step_started/);
});
