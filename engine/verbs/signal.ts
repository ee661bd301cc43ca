// How a signal reaches its run, and what its sender is told.

import { faultAt } from "../../core/fault-at.ts";
import type { SignalReply, SignalRequest, SignalType, Watch } from "../api.ts";
import { OpcodeError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import { unknownName } from "../../core/unknown.ts";
import { SIGNAL_TYPES } from "../contract/signal.ts";
import type { Engine } from "./shared.ts";
import { checkIdentifier, checkStepId } from "../identifiers.ts";
import { overtakenBy } from "./newer-version.ts";
import { follow } from "./follow.ts";
import { checkWait } from "./run.ts";
import { workflowNotFound } from "./status.ts";
import { closedDecision } from "../signals/decide.ts";
import type { SignalOutcome } from "../actor/inputs.ts";
import { reached } from "../signals/reach.ts";
import { RunWait } from "../actor/run-wait.ts";
import { Elsewhere } from "../actor/runs.ts";
import { signalElsewhere } from "../nodes/elsewhere.ts";

/** What others put into the payload of a signal that takes none, and where it belongs. */
const BELONGS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["step_id", "agent_id", "reasoning", "wait_ms"].map((
      name,
    ) => [name, `${name}, beside payload`]),
  ),
  step: "step_id, beside payload",
  id: "step_id, beside payload",
  reason: "reasoning, beside payload",
  message: "reasoning, beside payload",
  choice: "signal_type decision",
  data: "signal_type data",
  params: "opcode.run with from_run, from_step and params",
  inputs: "opcode.run with from_run, from_step and params",
};

export async function signalWorkflow(
  engine: Engine,
  request: SignalRequest,
  watch: Watch,
): Promise<SignalReply> {
  const { id, type, waitMs } = checkSignal(request);
  engine.refuseWhenBusy();
  const wait = new RunWait(watch, engine.env.mostOutput);
  const { outcome, isElsewhere } = await outcomeOf(engine, id, request, wait);
  const warnings = type === "retry" ? await overtaken(engine, id) : [];
  const base = {
    ok: true as const,
    workflow_id: id,
    signal_type: type,
    ...membersOf(outcome),
    ...(warnings.length > 0 && { warnings }),
  };
  // Without a report of the run it says at least what data can still meet.
  const waits = outcome.waiting && { waiting_signals: outcome.waiting };
  if (isElsewhere) {
    const reply = await follow(engine, id, outcome.goesOn ? waitMs : 0, watch);
    return { ...reply, ...base, ...(reply.status === "active" && waits) };
  }
  if (!outcome.goesOn) {
    wait.stop();
    const { reached } = wait;
    // It may have ended meanwhile, and then this is its answer.
    if (reached && isTerminal(reached.status)) return { ...reached, ...base };
    return { ...base, ...(reached && { status: reached.status }), ...waits };
  }
  wait.limit(engine.env.clock, waitMs);
  const reply = waitMs === 0 ? wait.reached : await wait.done;
  wait.stop();
  return reply ? { ...reply, ...base } : { ...base, status: "active", waiting: true, ...waits };
}

/** What the signal is for, how long to wait; throws VALIDATION_ERROR for what can be told from it alone. */
function checkSignal(request: SignalRequest): { id: string; type: SignalType; waitMs: number } {
  const id = checkIdentifier("workflow_id", request.workflow_id);
  const type = request.signal_type;
  if (!SIGNAL_TYPES.includes(type)) {
    throw faultAt("signal_type", `must be one of ${SIGNAL_TYPES.join(", ")}`);
  }
  if (request.payload !== undefined && !isObject(request.payload)) {
    throw faultAt("payload", "must be an object");
  }
  if (type !== "decision" && type !== "data") refuseContents(type, request.payload ?? {});
  if (request.step_id !== undefined) {
    checkStepId("step_id", request.step_id);
    if (type === "cancel") {
      const rule =
        "is not for cancel, which ends the whole workflow: leave it out; a step of one " +
        'that is suspended or failed is left out by "skip"';
      throw faultAt("step_id", rule);
    }
  }
  if (request.agent_id !== undefined) checkIdentifier("agent_id", request.agent_id);
  else if (type === "decision") {
    throw faultAt("agent_id", "is required for a decision: who decides");
  }
  if (request.decision_id !== undefined) {
    if (type !== "decision") throw faultAt("decision_id", `is for a decision, not for ${type}`);
    checkIdentifier("decision_id", request.decision_id);
  }
  return { id, type, waitMs: checkWait(request.wait_ms) };
}

interface Told {
  outcome: SignalOutcome;
  /** Whether another node has the run: nobody here follows it. */
  isElsewhere: boolean;
}

/** What the run makes of it; throws NOT_FOUND when there is no such run, and what it is refused with. */
async function outcomeOf(
  engine: Engine,
  id: string,
  request: SignalRequest,
  watcher: RunWait,
): Promise<Told> {
  try {
    return { outcome: await outcomeHere(engine, id, request, watcher), isElsewhere: false };
  } catch (thrown) {
    if (!(thrown instanceof Elsewhere)) throw await explained(engine, request, thrown);
  }
  const { env } = engine;
  const outcome = await signalElsewhere(env, id, request).catch(async (thrown) => {
    throw await explained(engine, request, thrown);
  });
  return { outcome, isElsewhere: true };
}

/** Of a question that is not open it is told what became of it. */
async function explained(
  { env }: Engine,
  { decision_id }: SignalRequest,
  thrown: unknown,
): Promise<unknown> {
  const isMissing = thrown instanceof OpcodeError && thrown.code === "NOT_FOUND";
  if (decision_id === undefined || !isMissing) return thrown;
  return closedDecision(thrown, await env.store.decisionById(decision_id));
}

async function outcomeHere(
  engine: Engine,
  id: string,
  request: SignalRequest,
  watcher: RunWait,
): Promise<SignalOutcome> {
  if (!await reached(engine.env, id, request)) throw workflowNotFound(id);
  return await new Promise<SignalOutcome>((accepted, refused) =>
    engine.env.runs.post(id, {
      kind: "signal",
      request,
      reply: { accepted, refused },
      watcher,
    })
  );
}

/** A retry is of the version that failed, also where a newer one was defined to mend it. */
async function overtaken(engine: Engine, id: string): Promise<string[]> {
  const run = await engine.env.store.runHead(id);
  if (!run) return [];
  return await overtakenBy(
    engine,
    run,
    (own, latest) =>
      `it goes on with ${own}; ${latest} is the latest, which a new run has: from_run, from_step ` +
      'and version "latest"',
  );
}

/** What is told of the outcome, as far as there is something to tell. */
function membersOf(outcome: SignalOutcome) {
  return {
    ...(outcome.resumed !== undefined && { resumed: outcome.resumed }),
    ...(outcome.rerun && { rerun: outcome.rerun }),
    ...(outcome.still_failed && { still_failed: outcome.still_failed }),
    ...(outcome.skipped !== undefined && { skipped: outcome.skipped }),
    ...(outcome.read_by && { read_by: outcome.read_by }),
    ...(outcome.interrupted && { interrupted: outcome.interrupted }),
    ...(outcome.programs && { programs: outcome.programs }),
    ...(outcome.decision_id !== undefined && { decision_id: outcome.decision_id }),
    ...(outcome.met && { met: outcome.met }),
    ...(outcome.kept && { kept: outcome.kept }),
    ...(outcome.hint !== undefined && { hint: outcome.hint }),
  };
}

/** Of these signals nobody reads a payload, so what is in one was meant for something else. */
function refuseContents(type: SignalType, payload: JsonObject): void {
  const names = Object.keys(payload).filter((name) => payload[name] !== null);
  const unknown = unknownName(names, [], {
    what: `taken by ${type}: its payload must be empty`,
    meant: BELONGS,
  });
  if (unknown) throw faultAt(`payload.${unknown.name}`, unknown.rule);
}
