// What the end of an attempt means to its step: its result, its time limit, or a result come too late.

import { errorText, toErrorObject } from "../../core/errors.ts";
import type { IsolationReport } from "../../core/isolation.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Attempt } from "../calls/attempt.ts";
import { failStep } from "./fail.ts";
import type { Input } from "../actor/inputs.ts";
import { release } from "./line.ts";
import { completeStep } from "./settle.ts";
import { setBusy } from "../state/state.ts";
import type { Turn } from "./turn.ts";

/** The attempt's action has answered. */
export function takeResult(turn: Turn, input: Input & { kind: "result" }): void {
  const { attempt, result, claim } = input;
  const { step } = attempt;
  claim.end();
  if (!attempt.live || step.live.attemptInFlight !== attempt) return noteLate(turn, input);
  noteCircuit(turn, attempt);
  if (result.ok) return completeStep(turn, step, result.output, attempt.records);
  failStep(turn, step, result.error, { forced: result.forced, isolation: isolationOf(attempt) });
}

function noteLate(turn: Turn, { attempt, result }: Input & { kind: "result" }): void {
  const outcome: JsonObject = result.ok ? { output: result.output } : { error: result.error };
  try {
    turn.event(
      "step_late_result",
      attempt.stepId,
      turn.output({ attempt: attempt.attempt, ...outcome }).text,
    );
  } catch (thrown) {
    turn.env.log.warn("a late result was too large to keep", {
      workflow_id: turn.run.row.id,
      error: errorText(toErrorObject(thrown)),
    });
  }
}

/** The attempt has taken longer than its step may. */
export function timeOut(turn: Turn, attempt: Attempt): void {
  const { step } = attempt;
  if (!attempt.live || step.live.attemptInFlight !== attempt) return;
  const error = attempt.expire();
  noteCircuit(turn, attempt);
  release(step, "step timed out");
  setBusy(turn.run, step, "");
  failStep(turn, step, error, { isolation: isolationOf(attempt) });
}

function isolationOf({ records }: Attempt): IsolationReport | null {
  return records?.isolation ?? null;
}

/** Writes what became of the circuit that the call went through. */
function noteCircuit(turn: Turn, { call, stepId }: Attempt): void {
  for (const { type, payload } of call?.changes ?? []) turn.eventWith(type, stepId, payload);
}
