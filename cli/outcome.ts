// How a run's end or pause is told, and which exit code it is.

import { type ErrorObject, errorText } from "../core/errors.ts";
import { shownError } from "../core/remedy.ts";
import type { RunReply, StepReport } from "../engine/api.ts";
import { asCalled, hint } from "./hint.ts";
import { leftUndone } from "../engine/verbs/left-undone.ts";
import { nextLines } from "./next-steps.ts";
import { short } from "./short-id.ts";
import { printJson, printNote, visible } from "./print.ts";

/** 0 completed or still going on, 1 failed or cancelled, 3 suspended. */
export function exitCode(status: RunReply["status"]): number {
  if (status === "failed" || status === "cancelled") return 1;
  return status === "suspended" ? 3 : 0;
}

/** Prints the output to standard output and what there is to know beside it to standard error. */
export function tellOutcome(
  reply: Pick<RunReply, "workflow_id" | "status" | "output"> & {
    steps?: RunReply["steps"] | undefined;
    error?: ErrorObject | undefined;
    rerun?: string[];
    /** What it failed of, when that has been told already. */
    cause?: ErrorObject | undefined;
    /** Bytes of an output that did not come along. */
    output_size?: number | undefined;
  },
  waits: string[],
): void {
  if (reply.output !== undefined) printJson(reply.output);
  else if (reply.output_size !== undefined) {
    printNote(
      `its output has ${reply.output_size} bytes, which did not come along; where they are:`,
    );
    printNote(`  ${hint("status", short(reply.workflow_id))}`);
  }
  if (reply.rerun?.length) printNote(`runs again: ${reply.rerun.map(visible).join(", ")}`);
  printNote(`${reply.status}: run ${reply.workflow_id}`);
  for (const line of undoneLines(Object.values(reply.steps ?? {}))) printNote(line);
  if (reply.error) printNote(`error: ${asCalled(visible(errorText(shownError(reply.error))))}`);
  if (reply.status === "suspended") {
    waits.forEach(printNote);
    printNote("this follows it to its end:");
    printNote(`  ${hint("wait", short(reply.workflow_id))}`);
  }
  nextLines({ ...reply, error: reply.error ?? reply.cause }).forEach(printNote);
}

/** Steps that are told to have left something undone. */
const MOST_UNDONE = 5;

function undoneLines(steps: readonly StepReport[]): string[] {
  const lines = steps.flatMap((step) => {
    const undone = leftUndone(step, visible);
    return undone === undefined ? [] : [`${visible(step.step_id)}: ${undone}`];
  });
  const more = lines.length - MOST_UNDONE;
  return more > 0 ? [...lines.slice(0, MOST_UNDONE), `and ${more} more such steps`] : lines;
}
