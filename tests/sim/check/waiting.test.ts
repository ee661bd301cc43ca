// Whether the checker finds what is wrong with waits, decisions, timers, calls and signals.

import { Log, RUN_ID } from "./build.ts";
import { external, finds, own, whole } from "./faults.ts";
import { act, reasoning, wait } from "./steps.ts";

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

const keeping = (...signals: object[]) => {
  const log = new Log([
    act("a"),
    wait("w", { signal: "go", signals: "keep" }, { depends_on: ["a"] }),
  ]).run()
    .start("a");
  for (const more of signals) {
    log.add("signal_received", null, { type: "data", payload: { signal: "go" }, ...more })
      .add("variable_set", null, { key: "signal", value: "go" });
  }
  return log.complete("a").start("w").add("wait_started", "w", { duration: null, signal: "go" });
};

finds(
  "an early signal that is not kept",
  /it is not kept for the wait/,
  () => keeping({}).add("step_suspended", "w", { reason: "waiting" }).add("workflow_suspended"),
);

finds(
  "a kept signal that is not taken",
  /it does not take the signal that was kept/,
  () =>
    keeping({ kept: true }).add("step_suspended", "w", { reason: "waiting" }).add(
      "workflow_suspended",
    ),
);

finds(
  "a wait that takes what was not kept",
  /no signal was kept for it/,
  () =>
    keeping().add("wait_completed", "w", { kept: true })
      .complete("w", { signal: "go", payload: { signal: "go" } })
      .completeRun({ signal: "go", payload: { signal: "go" } }),
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
    new Log([external("a")]).run().start("a").start("a", { interrupted: true }).complete("a")
      .completeRun(own("a", 2)).evidence({ calls: [call(1, "crashed"), call(2)] }),
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
