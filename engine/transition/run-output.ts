// What a run's output is made of, and how it is written: a large one as where its parts stand.

import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { needOutputs } from "../memory/absent.ts";
import { type RunState, sinksOf, type StepState } from "../state/state.ts";
import { outputOf } from "../state/unsealed.ts";
import { Composed, LARGEST_COPY } from "../store/composed.ts";
import type { Turn } from "./turn.ts";

/** Characters of a run's output as JSON; beyond twice as many V8 makes no text of it. */
const LARGEST_OUTPUT = 256 * 1024 * 1024;

/** Writes the run's output; returns the sequence number of the event that holds it. */
export function writeOutput(turn: Turn): number {
  const { run } = turn;
  const output = needsOutput(turn) ? runOutput(turn) : undefined;
  run.output = output;
  if (output === undefined || isComposed(turn)) {
    return turn.event("workflow_completed", null, composed(run));
  }
  const seq = turn.event("workflow_completed", null, `{"output":${turn.text(output)}}`);
  if (turn.masked(output) !== output) turn.sealEvent(seq, output);
  return seq;
}

/**
 * Output by the plan's shape: the one sink's output, or one member for each of several sinks; of one
 * that failed, that of the fallback that stood in for it, under its own name. Throws VAULT_ERROR when
 * a parent waits for what cannot be opened; people are only shown the masked one.
 */
export function runOutput(turn: Turn): Json {
  const { run } = turn;
  const valueOf = (step: StepState) => {
    if (run.row.parentRunNo !== null) return outputOf(step) ?? null;
    return step.result.output ?? null;
  };
  const sinks = sinksOf(run);
  if (sinks.length === 0) return null;
  refuseLargeOutput(turn);
  needOutputs(sinks);
  if (run.plan.sinks.length === 1) return valueOf(sinks[0]!);
  const output: JsonObject = {};
  for (const step of sinks) output[step.id] = valueOf(step);
  return output;
}

/** Throws BUDGET_EXCEEDED when the run's output is larger than one may be. */
function refuseLargeOutput({ run, env }: Turn): void {
  const { runBytes } = env.budgets.limits;
  const size = sizeOf(run);
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
 * Whether the output itself is needed to write it, or by who waits for the answer. Throws
 * BUDGET_EXCEEDED when it is larger than one may be.
 */
export function needsOutput(turn: Turn): boolean {
  refuseLargeOutput(turn);
  return sizeOf(turn.run) <= turn.env.mostOutput || !isComposed(turn);
}

/**
 * Whether the output is written as where its parts stand: it is large, and nothing in it was masked
 * when the steps ended or would have to be by now.
 */
function isComposed({ run }: Turn): boolean {
  if (!run.secrets.knowsNone || sizeOf(run) <= LARGEST_COPY) return false;
  return sinksOf(run).every(({ row: { status, outputSeq }, result: { hides, sealed } }) =>
    status === "completed" ? outputSeq !== null && !hides && sealed === null : outputSeq === null
  );
}

function composed(run: RunState): Composed {
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
  const sinks = sinksOf(run);
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
  const where = { runNo: run.row.runNo, parts, length: written + sizeOf(run) };
  const { output } = run;
  return new Composed(where, () => output === undefined ? null : JSON.stringify({ output }));
}

function sizeOf(run: RunState): number {
  return sinksOf(run).reduce((sum, { result: { outputSize } }) => sum + outputSize, 0);
}
