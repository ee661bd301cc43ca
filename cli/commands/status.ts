// What `opcode status RUN` shows: the run, its steps, and what it waits for.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import type { StatusReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { interruption } from "../outcome.ts";
import { cell, printJson, printLine, printTable, visible } from "../print.ts";

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

function tell(run: StatusReply): void {
  const facts: [string, string | undefined][] = [
    ["run", run.workflow_id],
    ["status", run.interrupted ? `${run.status}: interrupted` : run.status],
    ["template", `${run.template_name} ${run.template_version}`],
    ["agent", run.agent_id],
    ["parent", run.parent_workflow_id],
    ["created", run.created_at],
    ["started", run.started_at],
    ["completed", run.completed_at],
    ["error", run.error && errorText(run.error)],
  ];
  for (const [name, value] of facts) {
    if (value) printLine(`${name.padEnd(12)} ${visible(value)}`);
  }
  const steps = Object.values(run.steps);
  if (steps.length > 0) {
    printLine("");
    printTable(
      ["step", "status", "ms", "output or error"],
      steps.map((step) => [
        visible(step.step_id),
        run.interrupted?.includes(step.step_id) ? "interrupted" : step.status,
        cell(step.duration_ms),
        step.error ? reason(step.error) : cell(step.output),
      ]),
    );
  }
  if (run.interrupted) {
    printLine("");
    interruption(run.workflow_id, run.interrupted).forEach(printLine);
  }
  for (const decision of run.pending_decisions) {
    printLine(`\nwaits for a decision on ${cell(decision.step_id)}:`);
    printLine(
      `  opcode signal ${run.workflow_id} decision --step ${cell(decision.step_id)} --choice …`,
    );
  }
  if (run.output !== undefined) {
    printLine("\noutput");
    printJson(run.output);
  }
}
