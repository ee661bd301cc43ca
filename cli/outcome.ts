// How a run's end or pause is told, and which exit code it is.

import { type ErrorObject, errorText } from "../core/errors.ts";
import { shownError } from "../core/remedy.ts";
import type { RunReply } from "../engine/api.ts";
import { nextLines } from "./next-steps.ts";
import { printJson, printNote, visible } from "./print.ts";

/** 0 completed or still going on, 1 failed or cancelled, 3 suspended. */
export function exitCode(status: RunReply["status"]): number {
  if (status === "failed" || status === "cancelled") return 1;
  return status === "suspended" ? 3 : 0;
}

/** Prints the output to standard output and what there is to know beside it to standard error. */
export function tellOutcome(
  reply: Pick<RunReply, "workflow_id" | "status" | "output"> & {
    error?: ErrorObject | undefined;
    rerun?: string[];
    /** What it failed of, when that has been told already. */
    cause?: ErrorObject | undefined;
  },
  waits: string[],
): void {
  if (reply.output !== undefined) printJson(reply.output);
  if (reply.rerun?.length) printNote(`runs again: ${reply.rerun.map(visible).join(", ")}`);
  printNote(`${reply.status}: run ${reply.workflow_id}`);
  if (reply.error) printNote(`error: ${visible(errorText(shownError(reply.error)))}`);
  if (reply.status === "suspended") waits.forEach(printNote);
  nextLines({ ...reply, error: reply.error ?? reply.cause }).forEach(printNote);
}
