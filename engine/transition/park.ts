// How a step waits for an expression that is too much for a turn.
//
// What would hold the turn up is answered by another thread; the answer comes back as an input, and
// the step is begun again from where it stood, with the answer at hand. Nothing is written meanwhile:
// after a restart the expression is evaluated again. A parked step counts as queued, so whatever takes
// a queued step out of the line also makes a late answer void.

import { OpcodeError, toErrorObject } from "../../core/errors.ts";
import { type Answer, type Elsewhere, type NotYet, Preparing } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { Absent, Pins } from "../memory/absent.ts";
import { partyOf, setBusy, type StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";

export function park(turn: Turn, step: StepState, reason: NotYet): void {
  setBusy(turn.run, step, "queued");
  const ticket = {};
  step.live.parked = ticket;
  // It may wait long, and its turn is not to wait with it.
  const { post } = turn;
  turn.parked++;
  if (reason instanceof Absent) {
    step.live.pins ??= new Pins(turn);
    return step.live.pins.fetch(
      reason.steps,
      (fetched) => post({ kind: "fetched", step, ticket, fetched }),
    );
  }
  const { request } = reason as Elsewhere;
  const { source } = request;
  const answer = (answer: Answer) => post({ kind: "evaluated", step, ticket, source, answer });
  // What cannot even be asked, such as a value that cannot be opened, is an answer too.
  const party = partyOf(turn.run);
  const { evaluate } = turn.env;
  const { room } = turn.run;
  const asked = reason instanceof Preparing
    ? reason.ready.then(() => null)
    : new Promise<Json>((resolve) => resolve(evaluate(request, { party, room })));
  asked.then(
    (value) => answer({ ok: true, value }),
    (thrown) => answer({ ok: false, error: errorOf(thrown) }),
  );
}

function errorOf(thrown: unknown): OpcodeError {
  if (thrown instanceof OpcodeError) return thrown;
  const { code, message } = toErrorObject(thrown);
  return new OpcodeError(code, message);
}
