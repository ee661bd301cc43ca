// Who is told of what a turn's steps have left behind, until nothing is left.
//
// It comes to an end: each fact is about a step or a list that has ended or moved, and what handles it
// ends one around it, or opens a list, of which a turn that is full opens no more. A step or list ends
// once for each time that it begins, and none begins here but those lists: starting what is in line
// is the turn's business.

import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { NotYet } from "../../core/expression.ts";
import type { Fact } from "./agenda.ts";
import { failAtOnce, failStep } from "./fail.ts";
import { advanceList } from "./lists.ts";
import { park } from "./park.ts";
import type { RunState, StepList, StepState } from "../state/state.ts";
import type { Turn } from "./turn.ts";
import { stepTypeOf } from "../steps/type.ts";

/** Sees to all that is on the turn's agenda. */
export function drain(turn: Turn): void {
  const { agenda, run } = turn;
  let seen = 0;
  let most = USUAL;
  for (let fact = agenda.take(); fact; fact = agenda.take()) {
    see(turn, fact);
    if (++seen <= most) continue;
    // Counted seldom: it looks at the whole run.
    most = mostFacts(run);
    if (seen > most) throw new Error("the agenda has no end");
  }
}

/** Facts that any run may have. */
const USUAL = 10_000;

/** Of each step its end and its going on, and of each list as much. */
function mostFacts(run: RunState): number {
  let lists = 0;
  for (const step of run.nested.values()) lists += step.inside.lists?.length ?? 0;
  for (const step of run.steps) lists += step.inside.lists?.length ?? 0;
  return USUAL + 4 * (run.steps.length + run.nested.size + lists);
}

function see(turn: Turn, fact: Fact): void {
  switch (fact.kind) {
    case "step_failed":
      return failStep(turn, fact.step, fact.error);
    case "backoff_dropped":
      return failAtOnce(turn, fact.step);
    case "step_goes_on":
      return goOn(turn, fact.step);
    case "lists_moved":
      return openly(turn, fact.step, () => stepTypeOf(fact.step.plan)!.goOn?.(turn, fact.step));
    case "list_moves":
      return advanceList(turn, fact.list);
    case "list_done":
      return endList(turn, fact.list);
    case "list_failed":
      return failAround(turn, fact.list, fact.error);
  }
}

/** Lets what is inside the step go on, and then the step itself. */
function goOn(turn: Turn, step: StepState): void {
  for (const list of step.inside.lists ?? []) {
    if (list.state === "open") turn.agenda.add({ kind: "list_moves", list });
  }
  turn.agenda.add({ kind: "lists_moved", step });
}

function endList(turn: Turn, list: StepList): void {
  const step = list.owner!;
  openly(turn, step, () => stepTypeOf(step.plan)!.listDone!(turn, step, list));
}

function failAround(turn: Turn, list: StepList, error: ErrorObject): void {
  const step = list.owner!;
  stepTypeOf(step.plan)!.listFailed!(turn, step, list, error);
}

/** What a step comes to may hold secrets and the vault be locked: then the step fails. */
function openly(turn: Turn, step: StepState, act: () => void): void {
  try {
    act();
  } catch (thrown) {
    if (thrown instanceof NotYet) return park(turn, step, thrown);
    if (!(thrown instanceof OpcodeError)) throw thrown;
    failStep(turn, step, thrown.toJSON());
  }
}
