// How a loop begins its iterations one by one, or several at a time, and when it is over.

import { type ErrorObject, OpcodeError, toErrorObject } from "../../../core/errors.ts";
import { NotYet } from "../../../core/expression.ts";
import { parseJson } from "../../../core/exact-json.ts";
import type { Json } from "../../../core/json.ts";
import { article, cut } from "../../../core/text.ts";
import type { CelProgram } from "../../../embed/cel.ts";
import type { PlanList } from "../../definition/plan.ts";
import type { CompiledValue } from "../../interpolate/compile.ts";
import { resolve } from "../../interpolate/resolve.ts";
import type { LoopView } from "../../interpolate/scope.ts";
import { queue } from "../../transition/line.ts";
import { openList } from "../../transition/lists.ts";
import type { Place } from "../../state/place.ts";
import { park } from "../../transition/park.ts";
import { conditionScope, scopeFor } from "../../state/scope.ts";
import { failStep } from "../../transition/fail.ts";
import { unpin } from "../../memory/absent.ts";
import { holdItems } from "../../state/held.ts";
import { completeStep } from "../../transition/settle.ts";
import { rouse } from "../../transition/rouse.ts";
import { noteStart } from "../../transition/note-start.ts";
import { isHalted, isUnderWay, type StepList, type StepState } from "../../state/state.ts";
import type { Turn } from "../../transition/turn.ts";
import { itemsOf, valuesOf } from "../../state/unsealed.ts";

declare module "../../state/state.ts" {
  interface StepDetail {
    /** Iterations begun so far. */
    next?: number;
  }
}

/** Where a for_each gets its list from. */
export type OverPlan =
  /** `source`: its text, if it has tokens. */
  | { kind: "value"; value: CompiledValue; source: string | null }
  | { kind: "cel" | "jq"; program: Pick<CelProgram, "source" | "evaluate"> };

export interface LoopPlan {
  mode: "for_each" | "while" | "until";
  over: OverPlan | null;
  condition: CelProgram | null;
  body: PlanList;
  /** Infinity for none. */
  maxIterations: number;
  /** Whether the step fails when that many were not enough. */
  failOnExhausted: boolean;
  /** Iterations that may be open at once. */
  concurrency: number;
}

/** Iterations of a while or until without `max_iter`. */
export const MOST_ITERATIONS = 100_000;

export function begin(turn: Turn, step: StepState): void {
  const flow = step.plan.config as LoopPlan;
  const items = flow.over && evaluateItems(turn, step, flow.over);
  step.row.detail.next = 0;
  step.inside.lists = [];
  if (!items) noteStart(turn, step);
  else {
    step.inside.items = items;
    step.inside.sealedItems = null;
    holdItems(turn.run, step, items);
    // The list is recorded: a restart must go through the same one.
    const { text, hides } = turn.output(items);
    step.row.detail.itemsSeq = noteStart(turn, step, `"items":${text}`);
    if (hides) turn.sealEvent(step.row.detail.itemsSeq, items);
  }
  continueLoop(turn, step);
}

function evaluateItems(turn: Turn, step: StepState, over: OverPlan): Json[] {
  const scope = scopeFor(turn.run, step);
  const source = over.kind === "value" ? over.source : over.program.source;
  const shown = source === null ? "over" : `over: ${cut(source)}`;
  const details = source !== null && { expression: source };
  let items: Json;
  try {
    items = over.kind === "value" ? resolve(over.value, scope) : over.program.evaluate(scope);
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError) || source === null) throw thrown;
    const { code, message } = thrown;
    throw new OpcodeError(code, `${message.includes(source) ? "over" : shown}: ${message}`, {
      details: { ...thrown.details, ...details },
    });
  }
  if (typeof items === "string") items = listText(items);
  if (Array.isArray(items)) return items;
  const kind = items === null ? "null" : article(typeof items);
  const hint = over.kind === "jq" ? "; [ ] around a jq program collects what it answers" : "";
  throw new OpcodeError("EXECUTION_ERROR", `${shown} must give a list, not ${kind}${hint}`, {
    details: { ...details, retryable: false },
  });
}

/** A text that is a list as JSON is that list. */
function listText(text: string): Json {
  try {
    const parsed = parseJson(text);
    return Array.isArray(parsed) ? parsed : text;
  } catch {
    return text;
  }
}

/** Begins an iteration if the loop and the turn allow, and asks for the next one; or ends the loop. */
export function continueLoop(turn: Turn, step: StepState): void {
  const flow = step.plan.config as LoopPlan;
  // While the run waits for an answer nothing begins.
  if (step.live.busy === "queued" || isHalted(turn.run)) return;
  if (!isUnderWay(step)) return;
  if (step.row.detail.firstFailed !== undefined) return endFailed(turn, step);
  if (step.inside.openLists >= flow.concurrency) return;
  // The rest follows when the others have had their turn.
  if (turn.full) return queue(turn, step);
  let next: Next;
  try {
    next = whatIsNext(turn, step, flow);
  } catch (thrown) {
    if (thrown instanceof NotYet) return park(turn, step, thrown);
    return failStep(turn, step, toErrorObject(thrown));
  }
  // What it comes to is perhaps made of outputs that were fetched for that.
  if (next !== "iteration" && step.inside.openLists === 0) return end(turn, step, next);
  step.live.answers = null;
  unpin(step);
  if (next === "iteration") beginIteration(turn, step);
}

/** `exhausted`: there is more to do, and `max_iter` lets no more of it be done. */
type Next = "iteration" | "end" | "exhausted";

function whatIsNext(turn: Turn, step: StepState, flow: LoopPlan): Next {
  const next = step.row.detail.next!;
  const { mode, maxIterations, condition, body } = flow;
  const scopeAt = (index: number) => conditionScope(turn.run, step, { body, index });
  // Now and then: what cannot become an output any more must not go on to its end to learn that.
  if ((next & (next - 1)) === 0) refuseLarge(turn, step);
  if (mode === "for_each" && next >= step.inside.items!.length) return "end";
  const list = step.inside.lists![next - 1];
  if (mode === "until" && list) {
    if (condition!.evaluateBoolean(scopeAt(next - 1))) return "end";
  }
  if (mode === "while" && !condition!.evaluateBoolean(scopeAt(next))) return "end";
  if (next >= maxIterations) return "exhausted";
  if (mode === "for_each" || next < MOST_ITERATIONS || maxIterations < Infinity) return "iteration";
  throw new OpcodeError(
    "EXECUTION_ERROR",
    `the loop has not ended after ${MOST_ITERATIONS} iterations; set max_iter if it should`,
    { details: { limit: MOST_ITERATIONS, retryable: false } },
  );
}

function beginIteration(turn: Turn, step: StepState): void {
  const index = step.row.detail.next!++;
  turn.changed(step);
  turn.event("loop_iter_started", step.id, iterationPayload(turn, step, index));
  const list = openList(turn.run, step, iterationPlace(step, index));
  turn.agenda.add({ kind: "list_moves", list });
  turn.agenda.add({ kind: "lists_moved", step });
}

/** Where the list of an iteration stands. */
function iterationPlace(step: StepState, index: number): Place {
  const { body } = step.plan.config as LoopPlan;
  return { plan: body, key: `iter_${index}`, index, loop: loopView(step, index) };
}

/** The iteration's variables; an item that holds secrets is opened when it is asked for. */
function loopView(step: StepState, index: number): LoopView {
  if (!step.inside.sealedItems) return { item: step.inside.items?.[index] ?? null, index };
  return {
    get item() {
      return itemsOf(step)[index] ?? null;
    },
    index,
  };
}

function iterationPayload(turn: Turn, step: StepState, index: number): string {
  if (!step.inside.items) return `{"iteration":${index}}`;
  return `{"iteration":${index},"item":${turn.text(step.inside.items[index]!)}}`;
}

export function iterationDone(turn: Turn, step: StepState, list: StepList): void {
  rouse(turn, step);
  turn.event("loop_iter_completed", step.id, iterationPayload(turn, step, list.index));
  continueLoop(turn, step);
}

/** Iterations under way go on after one has failed; none is begun. */
export function iterationFailed(turn: Turn, step: StepState, list: StepList): void {
  step.row.detail.firstFailed ??= list.index;
  turn.changed(step);
  continueLoop(turn, step);
}

/** Results that no output may hold are not put together, nor added to. */
function refuseLarge({ env }: Turn, step: StepState): void {
  const { maxOutput: limit } = env.encoder;
  const bytes = step.inside.lists!.reduce(
    (sum, { last }) => sum + (last?.result.outputSize ?? 0),
    0,
  );
  if (bytes <= limit) return;
  throw new OpcodeError(
    "EXECUTION_ERROR",
    `output of more than ${bytes} bytes exceeds max_step_output of ${limit} bytes`,
    { details: { bytes, limit, setting: "max_step_output", retryable: false } },
  );
}

function endFailed(turn: Turn, step: StepState): void {
  if (step.inside.openLists > 0) return;
  failStep(turn, step, step.inside.lists!.find(({ state }) => state === "failed")!.error!);
}

function end(turn: Turn, step: StepState, how: "end" | "exhausted"): void {
  const { maxIterations, failOnExhausted } = step.plan.config as LoopPlan;
  const exhausted = how === "exhausted";
  if (exhausted) step.row.detail.exhausted = true;
  if (exhausted && failOnExhausted) return failStep(turn, step, exhaustedError(step));
  refuseLarge(turn, step);
  const results = valuesOf(step);
  turn.event("loop_completed", step.id, null);
  const iterations = step.row.detail.next!;
  const limited = maxIterations < Infinity;
  completeStep(turn, step, { iterations, results, ...(limited && { exhausted }) });
}

function exhaustedError({ plan, inside: { items } }: StepState): ErrorObject {
  const { maxIterations, mode } = plan.config as LoopPlan;
  const left = mode === "for_each"
    ? `there are ${items!.length} items`
    : `its condition ${mode === "while" ? "is still true" : "is not true yet"}`;
  return {
    code: "EXECUTION_ERROR",
    message: `the loop is exhausted after ${maxIterations} iterations (max_iter): ${left}`,
    details: {
      exhausted: true,
      max_iter: maxIterations,
      // Without it the next try may need fewer.
      ...(mode === "for_each" && { items: items!.length }),
    },
  };
}

export function places(step: StepState): Place[] | null {
  const { next } = step.row.detail;
  if (next === undefined) return null;
  return Array.from({ length: next }, (_, index) => iterationPlace(step, index));
}
