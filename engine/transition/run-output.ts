// What a run's output is made of, and how it is written: a large one as where its parts stand.

import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { needOutputs } from "../memory/absent.ts";
import { outputSizeOf, type RunState, sinksOf, type StepState } from "../state/state.ts";
import { outputOf } from "../state/unsealed.ts";
import { Composed, LARGEST_COPY } from "../store/composed.ts";
import type { Turn } from "./turn.ts";

/** Characters of a run's output as JSON; beyond twice as many V8 makes no text of it. */
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/** Writes the run's output; returns the sequence number of the event that holds it. */
export function writeOutput(turn: Turn): number {
  const { run } = turn;
  const made = madeOf(run);
  const isComposed = mayCompose(run, made);
  const output = run.output = valueUnlessComposed(turn, made, isComposed);
  if (output === undefined || isComposed) {
    return turn.event("workflow_completed", null, composed(run, made));
  }
  const seq = turn.event("workflow_completed", null, `{"output":${turn.text(output)}}`);
  if (turn.masked(output) !== output) turn.sealEvent(seq, output);
  return seq;
}

/**
 * The run's output as its template has it checked, or as it is written and answered; undefined where
 * nobody needs it, for it is larger than any answer. Throws BUDGET_EXCEEDED when it is larger than one
 * may be, and VAULT_ERROR when a parent waits for what cannot be opened.
 */
export function runOutput(turn: Turn): Json | undefined {
  const { run } = turn;
  const made = madeOf(run);
  if (run.plan.checkOutput) return valueOf(turn, made);
  return valueUnlessComposed(turn, made, mayCompose(run, made));
}

/** What the output is made of. */
interface Made {
  sinks: readonly StepState[];
  /** Characters of their outputs as JSON. */
  size: number;
}

function madeOf(run: RunState): Made {
  const sinks = sinksOf(run);
  return { sinks, size: outputSizeOf(sinks) };
}

function valueUnlessComposed(turn: Turn, made: Made, isComposed: boolean): Json | undefined {
  if (made.size <= turn.env.mostOutput || !isComposed) return valueOf(turn, made);
  refuseLarge(turn, made.size);
  return undefined;
}

/**
 * Output by the plan's shape: the one sink's output, or one member for each of several sinks; of one
 * that failed, that of the fallback that stood in for it, under its own name. People are only shown
 * the masked one.
 */
function valueOf(turn: Turn, { sinks, size }: Made): Json {
  const { run } = turn;
  const given = (step: StepState) => {
    if (run.row.parentRunNo !== null) return outputOf(step) ?? null;
    return step.result.output ?? null;
  };
  if (sinks.length === 0) return null;
  refuseLarge(turn, size);
  needOutputs(sinks);
  if (run.plan.sinks.length === 1) return given(sinks[0]!);
  const output: JsonObject = {};
  for (const step of sinks) output[step.id] = given(step);
  return output;
}

function refuseLarge({ env }: Turn, size: number): void {
  const { runBytes } = env.budgets.limits;
  const limit = Math.min(LARGEST_OUTPUT, runBytes);
  if (size <= limit) return;
  const setting = runBytes < LARGEST_OUTPUT ? "memory.per_run" : undefined;
  throw new OpcodeError(
    "BUDGET_EXCEEDED",
    `the run's output, that of its last steps together, has ${size} characters as JSON; it may ` +
      `have ${limit}: let a step after them pick what is wanted`,
    { details: { budget: "output", ...(setting && { setting }), limit, used: size } },
  );
}

/**
 * Whether the output can be written as where its parts stand: it is large, and nothing in it was masked
 * when the steps ended or would have to be by now.
 */
function mayCompose(run: RunState, { sinks, size }: Made): boolean {
  if (size <= LARGEST_COPY || !run.secrets.knowsNone) return false;
  return sinks.every(({ row: { status, outputSeq }, result: { hides, sealed } }) =>
    status === "completed" ? outputSeq !== null && !hides && sealed === null : outputSeq === null
  );
}

function composed(run: RunState, { sinks, size }: Made): Composed {
  const parts: (string | number)[] = [];
  let text = '{"output":';
  const add = ({ row: { outputSeq } }: StepState) => {
    if (outputSeq === null) {
      text += "null";
      return;
    }
    parts.push(text, outputSeq);
    text = "";
  };
  if (run.plan.sinks.length === 1) add(sinks[0]!);
  else {
    sinks.forEach((step, i) => {
      text += `${i === 0 ? "{" : ","}${JSON.stringify(step.id)}:`;
      add(step);
    });
    text += "}";
  }
  parts.push(`${text}}`);
  const written = parts.reduce<number>((sum, part) => sum + String(part).length, 0);
  const where = { runNo: run.row.runNo, parts, length: written + size };
  const { output } = run;
  return new Composed(where, () => output === undefined ? null : JSON.stringify({ output }));
}
