// What `opcode status RUN` shows: the run, its steps, and what it waits for.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import { isTerminal } from "../../core/status.ts";
import type { StatusReply, StepState } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { cell, printJson, printLine, printTable, visible } from "../print.ts";
import { stepRows } from "../step-rows.ts";
import { waitLines } from "../waits.ts";

/** Answers 0 whatever became of the run: it was found. */
export async function status(context: CliContext, id: string): Promise<number> {
  const reply = await context.client.get(`/api/v1/runs/${encodeURIComponent(id)}`);
  if (context.json) printJson(reply);
  else tell(reply as unknown as StatusReply);
  return 0;
}

/** The row names the step already. */
function reason({ code, message }: ErrorObject): string {
  return visible(errorText({ code, message }));
}

/** Where the reason of the reason is. */
function ofChild({ child_workflow_id }: StepState): string {
  return child_workflow_id === undefined ? "" : ` (opcode status ${child_workflow_id})`;
}

function halted({ status, interrupted, timed_out, poisoned }: StatusReply): string {
  const why = poisoned
    ? ": poisoned"
    : interrupted
    ? ": interrupted"
    : timed_out
    ? ": timed out"
    : "";
  return status + why;
}

function tell(run: StatusReply): void {
  const facts: [string, string | undefined][] = [
    ["run", run.workflow_id],
    ["status", halted(run)],
    ["template", `${run.template_name} ${run.template_version}`],
    ["agent", run.agent_id],
    ["parent", run.parent_workflow_id],
    ["forked from", run.forked_from && `${run.forked_from.workflow_id} ${run.forked_from.step_id}`],
    ["created", run.created_at],
    ["started", run.started_at],
    ["completed", run.completed_at],
    ["error", run.error && errorText(run.error)],
  ];
  for (const [name, value] of facts) {
    if (value) printLine(`${name.padEnd(12)} ${visible(value)}`);
  }
  const rows = stepRows(Object.values(run.steps));
  if (rows.length > 0) {
    printLine("");
    printTable(
      ["step", "status", "ms", "output or error"],
      rows.map(({ id, status, step }) => [
        visible(id),
        run.interrupted?.includes(id) ? "interrupted" : status,
        cell(step?.duration_ms),
        step?.error ? reason(step.error) + ofChild(step) : cell(step?.output),
      ]),
    );
  }
  if (run.truncated) printLine("\nnot all is shown: opcode query events has the rest");
  const waits = isTerminal(run.status) ? [] : waitLines(run);
  if (waits.length > 0) printLine("");
  waits.forEach(printLine);
  if (run.output !== undefined) {
    printLine("\noutput");
    printJson(run.output);
  }
}
