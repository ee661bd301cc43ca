// What the sender of data is told that names one wait twice, or none that there is.

import { faultAt } from "../../core/fault-at.ts";
import { insteadOf } from "../../core/instead-of.ts";
import { cut, quoted } from "../../core/text.ts";
import { waitingSignals } from "../actor/report.ts";
import type { SignalRequest } from "../api.ts";
import { findStep, type StepState } from "../state/state.ts";
import { missersOf, signalsToCome } from "./waits-to-come.ts";
import { signalOf } from "../state/unsealed.ts";
import type { Turn } from "../transition/turn.ts";

/** Waits that are compared with a name that none of them has. */
const MOST_COMPARED = 100;

/** Throws VALIDATION_ERROR where `step_id` is of a wait for another signal than `payload.signal`. */
export function refuseContradiction(
  turn: Turn,
  { step_id, payload = {} }: SignalRequest,
  met: readonly StepState[],
): void {
  const { signal } = payload;
  if (step_id === undefined || typeof signal !== "string") return;
  const other = met.find((step) =>
    (step.id === step_id || step.plan.id === step_id) && signalOf(step) !== signal
  );
  if (!other) return;
  const waitsFor = turn.masked(String(signalOf(other)));
  throw faultAt(
    "payload.signal",
    `is "${cut(signal)}", but step "${other.id}" waits for "${cut(waitsFor)}": name one wait, by ` +
      "step_id or by payload.signal",
  );
}

/** What data that met no wait would have met, or why there is nothing to meet; undefined when it may be meant for all. */
export function unmetHint(
  { run }: Turn,
  request: SignalRequest,
): string | undefined {
  const { step_id, payload = {} } = request;
  const step = step_id === undefined ? undefined : findStep(run, step_id);
  if (step?.decision) return decisionHint(`step "${step.id}" waits`, step.decision.id);
  const [missed] = missersOf(run, request);
  if (missed) return lostHint(missed);
  const waits = waitingSignals(run, MOST_COMPARED);
  const toCome = signalsToCome(run, MOST_COMPARED);
  if (waits.length === 0) {
    const [decision] = run.asking.newest(1);
    if (decision) {
      return decisionHint("no step waits for data, and the workflow waits", decision.id);
    }
    const { interrupted } = run.marks;
    if (interrupted) {
      return `no step waits for data: ${quoted(interrupted[0]!)} was interrupted, and waits for ` +
        "signal_type retry or skip";
    }
    if (toCome.length === 0 || (step_id ?? payload.signal) === undefined) return undefined;
  }
  const signals = [...new Set([...waits.map(({ signal }) => signal), ...toCome])];
  if (step) {
    const ids = waits.map((wait) => wait.step_id);
    return `step "${step.id}" waits for no signal${insteadOf(step.id, ids)}`;
  }
  const name = [payload.signal, payload.name].find((one) => typeof one === "string");
  if (name === undefined) {
    return `it names no wait by step_id or payload.signal${insteadOf("", signals)}`;
  }
  return `no wait has the signal "${cut(name as string)}"${insteadOf(name as string, signals)}`;
}

/** It may be sent again: what is not kept is lost. */
function lostHint([id, signal]: [id: string, signal: string]): string {
  const name = signal === "" ? "a signal" : `the signal ${quoted(signal)}`;
  return `the wait ${
    quoted(id)
  } for ${name} has not begun, and this is lost to it: send it again ` +
    'then, or define the wait with signals: "keep"';
}

function decisionHint(who: string, id: string): string {
  return `${who} for a decision: send signal_type decision, decision_id ${id}`;
}
