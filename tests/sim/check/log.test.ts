// Whether the checker finds what is wrong with a log, its rows, its transitions and its order.

import type { StoredStep } from "../../../engine/store/store.ts";
import { Log } from "./build.ts";
import type { Evidence } from "./evidence.ts";
import { chain, external, finds, own, whole } from "./faults.ts";
import { act, condition, parallel, wait } from "./steps.ts";

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
  "an attempt that does not say that the one before it has no end",
  /the start of a step that was running says interrupted: false/,
  () => new Log([act("a")]).run().start("a").done("a").completeRun(own("a", 2)),
);

finds(
  "an attempt that says so though the one before it has",
  /the start of a step that was retrying says interrupted: true/,
  () =>
    new Log([act("a", { behave: "flaky:1" }, { retry: { max: 1 } })]).run().start("a").retry("a")
      .start("a", { interrupted: true }).complete("a").completeRun(own("a", 2)),
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
