// Which signals a script sends, and whom each one meets when its time has come.

import type { ErrorCode } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { RunStatus } from "../../../core/status.ts";
import type { SignalRequest } from "../../../engine/api.ts";
import { Draw } from "../../support/generate/values.ts";
import { weighted } from "./place.ts";

export type SignalKind = SignalRequest["signal_type"];

/** A signal whose target is not chosen yet. */
export interface Intent {
  /** Simulated ms since the beginning. */
  at: number;
  kind: SignalKind;
  /** Whether it must be refused. */
  invalid: boolean;
}

/** What a sender of signals can know of a run. */
export interface RunView {
  id: string;
  status: RunStatus;
  /** Steps that an interruption left open. */
  interrupted: string[];
  /** Whether its own deadline suspended it: any data lets it go on. */
  timedOut: boolean;
  pendingDecisions: { id: string; stepId: string; options: string[]; targetAgent: string | null }[];
  waitingSignals: { stepId: string; name: string }[];
  /** Names of the signals that waits of its definition keep. */
  keptNames: string[];
  failedSteps: string[];
  suspendedSteps: string[];
  completedSteps: string[];
}

export interface View {
  runs: RunView[];
}

export interface PickedSignal {
  request: SignalRequest;
  /** The codes with which it must be refused; null when it fits the view. */
  refusal: ErrorCode[] | null;
}

/** Up to eight signals: most while things happen, some after long waits. */
export function signalScript(draw: Draw): Intent[] {
  const intents = draw.many(0, 8, (): Intent => ({
    at: weighted(draw, [
      [draw.int(0, 3_000), 5],
      [draw.int(3_000, 60_000), 4],
      [draw.int(60_000, 7_200_000), 2],
    ]),
    kind: weighted(draw, [["decision", 7], ["data", 5], ["retry", 4], ["skip", 4], ["cancel", 1]]),
    invalid: draw.chance(0.15),
  }));
  return intents.sort((a, b) => a.at - b.at);
}

/** The signal for this intent, or null when nothing is there that it could be about. */
export function pickSignal(random: () => number, intent: Intent, view: View): PickedSignal | null {
  const draw = new Draw(random);
  const picked = intent.invalid ? invalid(draw, intent.kind, view) : valid(draw, intent.kind, view);
  return picked;
}

/**
 * The signal that lets something of the view go on, or null when nothing waits for one: sent when
 * nothing moves any more, so that every run comes to an end.
 */
export function pickAnswer(random: () => number, view: View): PickedSignal | null {
  const draw = new Draw(random);
  const kinds: SignalKind[] = [];
  const open = view.runs.filter((run) => run.status === "suspended");
  if (open.some((run) => run.pendingDecisions.length > 0)) kinds.push("decision", "decision");
  if (open.some((run) => run.waitingSignals.length > 0)) kinds.push("data", "data");
  if (open.some((run) => run.interrupted.length > 0)) kinds.push("retry", "skip", "data");
  if (open.some((run) => run.suspendedSteps.length > 0)) kinds.push("skip");
  if (open.some((run) => run.timedOut)) kinds.push("data");
  if (kinds.length === 0) return null;
  const onlyOpen = { runs: open };
  return valid(draw, draw.pick(kinds), onlyOpen);
}

/** A target that is in a run of the view. */
interface Found<T> {
  run: RunView;
  target: T;
}

function among<T>(view: View, targets: (run: RunView) => readonly T[]): Found<T>[] {
  return view.runs.flatMap((run) => targets(run).map((target) => ({ run, target })));
}

function fits(request: SignalRequest): PickedSignal {
  return { request, refusal: null };
}

function valid(draw: Draw, kind: SignalKind, view: View): PickedSignal | null {
  switch (kind) {
    case "decision": {
      const found = among(view, (run) => run.pendingDecisions);
      if (found.length === 0) return null;
      const { run, target } = draw.pick(found);
      return fits({
        workflow_id: run.id,
        signal_type: "decision",
        ...draw.pick<Pick<SignalRequest, "step_id" | "decision_id">>([
          { step_id: target.stepId },
          { decision_id: target.id },
          { step_id: target.stepId, decision_id: target.id },
        ]),
        agent_id: agent(draw, target.targetAgent),
        payload: {
          choice: target.options.length > 0 ? draw.pick(target.options) : `free ${draw.int(0, 9)}`,
          ...(draw.chance(0.3) && { data: { why: draw.int(0, 9) } }),
        },
        ...(draw.chance(0.3) && { reasoning: "it seemed right" }),
      });
    }
    case "data":
      return data(draw, view);
    case "retry":
    case "skip": {
      const found = among(view, (run) => [
        ...run.interrupted,
        ...(run.status === "failed" ? run.failedSteps : []),
        ...(kind === "skip" ? run.suspendedSteps : []),
      ]);
      if (found.length === 0) return null;
      const { run, target } = draw.pick(found);
      return fits({ workflow_id: run.id, signal_type: kind, step_id: target });
    }
    case "cancel": {
      const open = view.runs.filter((run) =>
        !["completed", "failed", "cancelled"].includes(run.status)
      );
      if (open.length === 0) return null;
      const reasoning = draw.chance(0.5) ? { reasoning: "no longer wanted" } : {};
      return fits({ workflow_id: draw.pick(open).id, signal_type: "cancel", ...reasoning });
    }
  }
}

function agent(draw: Draw, target: string | null): string {
  return target || draw.pick(["alice", "bob", "carol"]);
}

function data(draw: Draw, view: View): PickedSignal | null {
  const open = view.runs.filter(({ status }) => status === "active" || status === "suspended");
  if (open.length === 0) return null;
  const payload: JsonObject = { k: draw.int(0, 3), [`x${draw.int(0, 1)}`]: draw.int(0, 9) };
  const keeping = open.filter(({ keptNames }) => keptNames.length > 0);
  if (keeping.length > 0 && draw.chance(0.3)) {
    // Early for a wait that keeps it, or for one that waits by now.
    const run = draw.pick(keeping);
    const signal = draw.pick(run.keptNames);
    return fits({ workflow_id: run.id, signal_type: "data", payload: { ...payload, signal } });
  }
  const waits = among({ runs: open }, (run) => run.waitingSignals);
  if (waits.length === 0 || draw.chance(0.2)) {
    return fits({ workflow_id: draw.pick(open).id, signal_type: "data", payload });
  }
  const { run, target } = draw.pick(waits);
  const shortId = target.stepId.slice(target.stepId.lastIndexOf(".") + 1);
  const address = draw.pick<{ step_id?: string; payload: JsonObject }>([
    { step_id: target.stepId, payload },
    { step_id: shortId, payload },
    { payload: { ...payload, signal: target.name } },
    { payload: { ...payload, name: target.name } },
  ]);
  return fits({ workflow_id: run.id, signal_type: "data", ...address });
}

/** A signal that every state which the view may have turned into refuses too. */
function invalid(draw: Draw, kind: SignalKind, view: View): PickedSignal | null {
  if (view.runs.length === 0 || draw.chance(0.1)) {
    const nobody = "00000000-0000-7000-8000-000000000000";
    const request = { workflow_id: nobody, ...addressed(kind) };
    return { request, refusal: ["NOT_FOUND"] };
  }
  const over = view.runs.filter(({ status }) => status === "completed" || status === "cancelled");
  if (over.length > 0 && draw.chance(0.4)) {
    const { id } = draw.pick(over);
    const request = { workflow_id: id, ...addressed(kind) };
    return { request, refusal: kind === "cancel" ? ["INVALID_TRANSITION"] : ["CONFLICT"] };
  }
  const run = draw.pick(view.runs);
  const base = { workflow_id: run.id, signal_type: kind };
  switch (kind) {
    case "decision":
      return invalidDecision(draw, view) ?? {
        request: {
          ...base,
          step_id: "no_such_step",
          agent_id: "alice",
          payload: { choice: "o0" },
        },
        refusal: ["NOT_FOUND", "CONFLICT"],
      };
    case "retry":
    case "skip":
      if (draw.chance(0.3)) return { request: base, refusal: ["VALIDATION_ERROR", "CONFLICT"] };
      return invalidAnswer(draw, base, run);
    default:
      return null;
  }
}

/** A signal that nothing is wrong with but whom it is sent to. */
function addressed(kind: SignalKind): Omit<SignalRequest, "workflow_id"> {
  const takesPayload = kind === "decision" || kind === "data";
  return {
    signal_type: kind,
    ...(kind !== "cancel" && { step_id: "s1" }),
    agent_id: "alice",
    ...(takesPayload && { payload: { choice: "o0" } }),
  };
}

/** A retry or skip of a step that is not there, or that is over for good: those at the top are. */
function invalidAnswer(
  draw: Draw,
  base: Pick<SignalRequest, "workflow_id" | "signal_type">,
  { completedSteps }: RunView,
): PickedSignal {
  const done = completedSteps.filter((id) => !id.includes("."));
  if (done.length > 0 && draw.chance(0.6)) {
    return { request: { ...base, step_id: draw.pick(done) }, refusal: ["CONFLICT"] };
  }
  return { request: { ...base, step_id: "no_such_step" }, refusal: ["NOT_FOUND", "CONFLICT"] };
}

function invalidDecision(draw: Draw, view: View): PickedSignal | null {
  const found = among(view, (run) => run.pendingDecisions);
  if (found.length === 0) return null;
  const { run, target } = draw.pick(found);
  const base: SignalRequest = {
    workflow_id: run.id,
    signal_type: "decision",
    step_id: target.stepId,
    agent_id: agent(draw, target.targetAgent),
  };
  const choice = target.options[0] ?? "free";
  const faults: SignalRequest[] = [
    { ...base, payload: {} },
    { ...base, payload: { choice: "" } },
    { ...base, payload: { choice: 7 } },
    { ...base, payload: { choice, data: [1] } },
    { ...base, step_id: undefined, payload: { choice } } as unknown as SignalRequest,
    { ...base, agent_id: undefined, payload: { choice } } as unknown as SignalRequest,
  ];
  if (target.options.length > 0) faults.push({ ...base, payload: { choice: "no_such_option" } });
  if (target.targetAgent) faults.push({ ...base, agent_id: "mallory", payload: { choice } });
  // Meanwhile the decision may have been taken, its time or its run may be over.
  return { request: draw.pick(faults), refusal: ["VALIDATION_ERROR", "NOT_FOUND", "CONFLICT"] };
}
