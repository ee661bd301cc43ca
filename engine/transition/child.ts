// How `workflow.run` starts a child run, follows it, and settles with it.
//
// The child's row and its id in the parent's step are one commit; child-ties.ts says how they hear of
// each other afterwards.

import {
  type ErrorCode,
  type ErrorObject,
  isRetryable,
  OpcodeError,
  toErrorObject,
} from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { withoutHints } from "../access.ts";
import type { Plan } from "../definition/plan.ts";
import { outputOf } from "../store/output.ts";
import { NO_OUTPUTS, type RunRecord, type Store } from "../store/store.ts";
import { RunSecrets } from "../secrecy/run-secrets.ts";
import { eventSlot, PARAMS_SLOT } from "../secrecy/sealed.ts";
import { parseVersion } from "../version.ts";
import type { Attempt } from "../calls/attempt.ts";
import type { ChildReport } from "../actor/inputs.ts";
import { wakeRun } from "./activity.ts";
import { marksOfChild } from "./child-marks.ts";
import { leaveChild } from "./child-ties.ts";
import { newRunRow } from "../state/new-row.ts";
import { failStep } from "./fail.ts";
import { completeStep, skipStep } from "./settle.ts";
import { refuseParams } from "../state/given-params.ts";
import { patiently } from "../store/away.ts";
import { findStep, isUnderWay, partyOf, setBusy, type StepState } from "../state/state.ts";
import { armTimeout } from "./step-timeout.ts";
import { rouse } from "./rouse.ts";
import type { Turn } from "./turn.ts";

/** What could not be read is read again after this. */
const AGAIN_MS = 1_000;

/** Looks the child's plan up; the run is created when it arrives. */
export function requestChild(turn: Turn, attempt: Attempt): void {
  const { env, post } = turn;
  const { agentId } = attempt;
  const lookup = async () => {
    const action = attempt.step.plan.action!;
    const request = action.child!(attempt.params);
    const refused = env.access.refusesAction(agentId, action.name) ??
      env.access.hidesTemplate(agentId, request.template_name);
    if (refused) throw refused;
    let plan: Plan;
    try {
      const version = parseVersion(request.version);
      plan = await patiently(env.clock, () => env.planToRun(request.template_name, version));
    } catch (thrown) {
      const rights = env.access.of(agentId);
      throw rights ? withoutHints(thrown, rights) : thrown;
    }
    await refuseParams(env, plan, request.params ?? {}, { party: partyOf(attempt.run) });
    return plan;
  };
  lookup().then(
    (plan) => post({ kind: "child_plan", attempt, plan }),
    (thrown) =>
      post({
        kind: "child_plan",
        attempt,
        plan: thrown instanceof OpcodeError
          ? thrown
          : new OpcodeError("EXECUTION_ERROR", String(thrown?.message ?? thrown)),
      }),
  );
}

/** Creates the child in the same commit as the parent's step. */
export function startChild(turn: Turn, attempt: Attempt, plan: Plan | OpcodeError): void {
  if (!attempt.live) return;
  const { step } = attempt;
  const { env, run } = turn;
  const params = attempt.step.plan.action!.child!(attempt.params).params ?? {};
  try {
    if (plan instanceof OpcodeError) throw plan;
    if (run.row.depth + 1 > env.maxDepth) {
      throw new OpcodeError(
        "VALIDATION_ERROR",
        `workflow.run is nested deeper than ${env.maxDepth} workflows`,
      );
    }
  } catch (thrown) {
    return failStep(turn, step, (thrown as OpcodeError).toJSON());
  }
  const shown = turn.masked(params);
  const row = newRunRow(env, {
    plan,
    agentId: run.row.agentId,
    params: shown,
    now: turn.now,
    parent: { row: run.row, stepId: step.id },
    marks: marksOfChild(turn, plan.templateName),
  });
  if (!env.families.admit(run.row.runNo, row.runNo)) {
    const { most } = env.families;
    return failStep(
      turn,
      step,
      new OpcodeError(
        "EXECUTION_ERROR",
        `workflow.run: a workflow may have at most ${most} unfinished workflows below it, and ` +
          "this one's root has as many",
        { details: { limit: most } },
      ).toJSON(),
    );
  }
  turn.handOver.creates.push(row);
  const secrets = new RunSecrets(env.secrets, { runId: row.id });
  secrets.learnFrom(run.secrets);
  const known = secrets.takeUnsaved(row.runNo);
  if (known) turn.handOver.seals.push(known);
  if (shown !== params) turn.handOver.seals.push(secrets.seal(row.runNo, PARAMS_SLOT, params));
  step.row.detail.childId = row.id;
  step.row.detail.childNo = row.runNo;
  step.live.attemptInFlight = null;
  setBusy(run, step, "child");
  armTimeout(turn, step);
  turn.changed(step);
  turn.afterCommit.push(() => env.runs.wake(row.id, row.agentId));
}

/** Reads how the step's child stands and posts it; `timer`: the key of the timer that asks for it. */
export function readChild(turn: Turn, step: StepState, timer?: string): void {
  const { childId } = step.row.detail;
  if (childId === undefined) return;
  const { env, post } = turn;
  patiently(env.clock, () => readEnd(env.store, childId)).then(async (record) => {
    if (!record) return;
    const { seals } = record;
    const secrets = new RunSecrets(env.secrets, { runId: childId, seals });
    await secrets.prepare();
    const parse = (text: string | null) => text === null ? null : parseJson(text);
    post({
      kind: "child",
      stepId: step.id,
      ...(timer !== undefined && { timer }),
      report: {
        id: childId,
        status: record.run.status,
        output: parse(record.output) as Json,
        sealed: secrets.sealed(eventSlot(record.run.outputSeq ?? 0)),
        secrets,
        error: parse(record.run.error) as ErrorObject | null,
      },
    });
  }, (thrown) => {
    env.log.error("reading a child run failed", {
      workflow_id: turn.run.row.id,
      step_id: step.id,
      error: String(thrown),
    });
    if (timer !== undefined) env.clock.after(AGAIN_MS, () => env.refire(turn.run.row.runNo));
  });
}

/** The run with its output, and without those of its steps. */
async function readEnd(store: Store, id: string): Promise<RunRecord | null> {
  const record = await store.readRun(id, { events: 0, seals: true, outputs: NO_OUTPUTS });
  if (!record || record.run.outputSeq === null) return record;
  const { runNo, outputSeq } = record.run;
  return { ...record, output: outputOf(await store.eventPayload(runNo, outputSeq)) };
}

/** Applies how a child stands to the step that waits for it. */
export function followChild(turn: Turn, stepId: string, report: ChildReport): void {
  const step = findStep(turn.run, stepId);
  if (!step || step.row.detail.childId !== report.id) return;
  if (!isUnderWay(step)) return;
  // What it has resolved may come back on other ways than its answer.
  turn.run.secrets.learnFrom(report.secrets);
  if (isTerminal(report.status)) {
    wakeRun(turn);
    leaveChild(turn, step);
    step.row.detail.endedChild = report.id;
    if (report.status === "completed") return takeOutput(turn, step, report);
    return failStep(turn, step, childError(report));
  }
  if (report.status === "suspended" && step.row.status === "running") {
    // A failed run waits for what is under way, not for what waits itself.
    const { failure, revived } = turn.run;
    if (failure && !step.list.owner && !revived.has(step)) {
      return skipStep(turn, step, "workflow_failed");
    }
    step.row.status = "suspended";
    setBusy(turn.run, step, "");
    turn.eventWith("step_suspended", stepId, {
      reason: "child_suspended",
      child_workflow_id: report.id,
    });
    turn.changed(step);
  } else if (report.status === "active" && step.row.status === "suspended") {
    setBusy(turn.run, step, "child");
    rouse(turn, step);
  }
}

function takeOutput(turn: Turn, step: StepState, report: ChildReport): void {
  const { output, sealed } = report;
  let value: Json;
  try {
    value = sealed ? sealed.open() : output;
  } catch (thrown) {
    return failStep(turn, step, toErrorObject(thrown));
  }
  completeStep(turn, step, value);
}

function childError(report: ChildReport): ErrorObject {
  const { error } = report;
  const details: JsonObject = {
    child_workflow_id: report.id,
    child_status: report.status,
    ...(error && { cause: error }),
  };
  // Who ended it on purpose, a signal or its own on_timeout, does not want it to begin again.
  const isFinal = report.status === "cancelled" || (error !== null && !isRetryable(error));
  const code: ErrorCode = isFinal ? "NON_RETRYABLE" : "EXECUTION_ERROR";
  const message = `child workflow ${report.status}${error ? `: ${error.message}` : ""}`;
  return { code, message, details };
}
