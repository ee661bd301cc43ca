// Whether the checker finds wrong outputs and errors, of actions and of steps that hold others.

import type { StepDefinition } from "../../../engine/definition/types.ts";
import { handedUp, Log } from "./build.ts";
import { external, finds, own } from "./faults.ts";
import { act, condition, forEach, parallel } from "./steps.ts";

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
