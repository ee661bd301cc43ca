// How a step waits for an expression that is too much for a turn, and goes on with its answer.
//
// What would hold the turn up is answered by another thread; the answer comes back as an input, and
// the step is begun again from where it stood, with the answer at hand. Nothing is written meanwhile:
// after a restart the expression is evaluated again. A parked step counts as queued, so whatever takes
// a queued step out of the line also makes a late answer void.

import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import { type Answer, type Elsewhere, Preparing } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { begin } from "./start.ts";
import { partyOf, setBusy, type StepState } from "./state.ts";
import type { Turn } from "./turn.ts";

export function park(turn: Turn, step: StepState, wanted: Elsewhere): void {
  const { request } = wanted;
  setBusy(turn.run, step, "queued");
  const ticket = { source: request.source };
  step.parked = ticket;
  const answer = (answer: Answer) => turn.post({ kind: "evaluated", step, ticket, answer });
  // What cannot even be asked, such as a value that cannot be opened, is an answer too.
  const party = partyOf(turn.run);
  const asked = wanted instanceof Preparing
    ? wanted.ready.then(() => null)
    : new Promise<Json>((resolve) => resolve(turn.env.evaluate(request, { party })));
  asked.then(
    (value) => answer({ ok: true, value }),
    (thrown) => answer({ ok: false, error: errorOf(thrown) }),
  );
}

/** The step goes on unless it was given up, or parked anew, since it asked. */
export function unpark(
  turn: Turn,
  { step, ticket, answer }: { step: StepState; ticket: object; answer: Answer },
): void {
  if (step.parked !== ticket) return;
  const { source } = step.parked;
  step.parked = null;
  (step.answers ??= new Map()).set(source, answer);
  // It was admitted before its params were asked for.
  if (step.slot) begin(turn, step);
  else turn.run.ready.push(step);
}

function errorOf(thrown: unknown): OpcodeError {
  if (thrown instanceof OpcodeError) return thrown;
  const { code, message } = toErrorObject(thrown);
  return new OpcodeError(code, message);
}
