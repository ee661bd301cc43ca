// What `opcode status RUN` shows: the run, its steps, and what it waits for, or one step as a whole.

import { errorText } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { shownError } from "../../core/remedy.ts";
import { isTerminal } from "../../core/status.ts";
import type { StatusReply, StepState } from "../../engine/api.ts";
import { stepOutcome } from "../../engine/verbs/step-outcome.ts";
import type { Client } from "../client.ts";
import { MOST_ROWS } from "../../engine/contract/query.ts";
import type { CliContext } from "../context.ts";
import { allWaitLines } from "../child-waits.ts";
import { asCalled, hint } from "../hint.ts";
import { short } from "../short-id.ts";
import { nextLines } from "../next-steps.ts";
import { pages } from "../pages.ts";
import { printJson, printLine, visible } from "../print.ts";
import { leftUndone } from "../../engine/verbs/left-undone.ts";
import { lastWords } from "../last-words.ts";
import { runIdOf } from "../run-id.ts";
import { stepRows } from "../step-rows.ts";
import { brief, cell, LEAST_NAME, printTable } from "../table.ts";
import { shownBeginning, shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";
import { insteadOf } from "../../core/instead-of.ts";
import { insteadLines, keptLines, untoldLines } from "../waits.ts";

/** Programs whose last words are shown; `--step` shows those of any. */
const MOST_PROGRAMS = 3;

/** Returns 0 whatever became of the run: it was found. */
export async function status(
  context: CliContext,
  flags: { id: string; step?: string },
): Promise<number> {
  const id = await runIdOf(context.client, flags.id);
  const reply = await context.client.get(`/api/v1/runs/${encodeURIComponent(id)}`);
  const run = reply as unknown as StatusReply;
  if (flags.step !== undefined) await tellStep(context, run, flags.step);
  else if (context.json) printJson(reply);
  else {
    const waits = isTerminal(run.status) ? [] : await allWaitLines(context.client, run);
    tell(run, { inputs: await inputsOf(context, run), waits });
  }
  return 0;
}

/** What the run was started with; a list's row has it. */
async function inputsOf({ client }: CliContext, run: StatusReply): Promise<string | undefined> {
  const { runs } = await client.get("/api/v1/runs", { id: run.workflow_id, limit: "1" });
  const row = (runs as JsonObject[])[0] ?? {};
  const { input_params, input_params_size } = row;
  if (isObject(input_params ?? null)) {
    const isEmpty = Object.keys(input_params as JsonObject).length === 0;
    return isEmpty ? undefined : JSON.stringify(input_params);
  }
  return input_params_size === undefined ? undefined : `${input_params_size} bytes, not shown`;
}

/** The row names the step already. A step that was skipped for its failure is called as while it ran. */
function failure({ status, error }: StepState): string {
  const { code, message } = error!;
  const ignored = status === "skipped" ? "ignored: " : "";
  return ignored + asCalled(visible(errorText({ code, message })));
}

/** Where the reason of the reason is. */
function ofChild({ child_workflow_id }: StepState): string {
  if (child_workflow_id === undefined) return "";
  return ` (${hint("status", short(child_workflow_id))})`;
}

/** The beginning of it, or how large it is where the answer does not have it. */
function shownOutput(step: StepState | undefined): string {
  const size = step?.output_size;
  const output = step?.output === undefined && size !== undefined
    ? `${size} bytes…`
    : brief(step?.output);
  const undone = step && leftUndone(step, visible);
  return undone === undefined ? output : `${undone}: ${output}`;
}

function halted({ status, interrupted, timed_out, poisoned }: StatusReply): string {
  const why = poisoned
    ? ": poisoned"
    : interrupted
    ? timed_out ? ": timed out and interrupted" : ": interrupted"
    : timed_out
    ? ": timed out"
    : "";
  return status + why;
}

function removed({ removed_at }: StatusReply): string | undefined {
  if (removed_at === undefined) return undefined;
  return `${shownTime(removed_at)}: its steps, events and values`;
}

function time(text: string | undefined): string | undefined {
  return text === undefined ? undefined : shownTime(text);
}

function tell(
  run: StatusReply,
  { inputs, waits }: { inputs: string | undefined; waits: string[] },
): void {
  const facts: [string, string | undefined][] = [
    ["run", run.workflow_id],
    ["status", halted(run)],
    ["template", `${run.template_name} ${run.template_version}`],
    ["agent", run.agent_id],
    ["parent", run.parent_workflow_id],
    ["forked from", run.forked_from && `${run.forked_from.workflow_id} ${run.forked_from.step_id}`],
    ["rerun of", run.rerun_of],
    ["inputs", inputs],
    ["created", time(run.created_at)],
    ["begins", run.status === "pending" ? run.start_at && shownBeginning(run.start_at) : undefined],
    ["waits for", run.waits_for?.join(" and ")],
    ["started", time(run.started_at)],
    ["completed", time(run.completed_at)],
    ["removed", removed(run)],
    ["error", run.error && asCalled(errorText(shownError(run.error)))],
  ];
  for (const [name, value] of facts) {
    if (value) printLine(`${name.padEnd(12)} ${visible(value)}`);
  }
  const rows = stepRows(Object.values(run.steps));
  if (rows.length > 0) {
    printLine("");
    const lines = printTable(
      [{ name: "step", least: LEAST_NAME }, "status", "ms", "output or error"],
      rows.map(({ id, status, step }) => [
        visible(id),
        run.interrupted?.includes(id) ? "interrupted" : status,
        cell(step?.duration_ms),
        step?.error ? failure(step) + ofChild(step) : { value: shownOutput(step) },
      ]),
    );
    if (lines.some((line) => line.endsWith("…"))) {
      const step = hint("status", short(run.workflow_id), "--step", "ID");
      printLine(`\nwhat ends with … is whole in:\n  ${step}`);
    }
  }
  tellPrograms(Object.values(run.steps));
  if (run.truncated) {
    const events = hint("query", "events", "--filter", `workflow_id=${short(run.workflow_id)}`);
    printLine(`\nnot all is shown; the rest:\n  ${events}`);
  }
  for (const line of [...keptLines(run), ...untoldLines(run)]) printLine(line);
  const others = isTerminal(run.status) ? [] : insteadLines(run);
  for (const lines of [[...waits, ...others], nextLines(run)]) {
    if (lines.length > 0) printLine("");
    lines.forEach(printLine);
  }
  if (run.output !== undefined) {
    printLine("\noutput");
    printJson(run.output);
  }
}

function tellPrograms(steps: StepState[]): void {
  const speaking = steps.filter((step) => lastWords(step).length > 0);
  for (const step of speaking.slice(0, MOST_PROGRAMS)) {
    printLine(`\nstandard error of ${visible(step.step_id)}, its end`);
    for (const line of lastWords(step)) printLine(`  ${line}`);
  }
}

async function tellStep(context: CliContext, run: StatusReply, id: string): Promise<void> {
  const step = await wholeStep(context, run, id);
  if (context.json) return printJson(step);
  const { error, output, output_size } = step;
  const facts: [string, string | undefined][] = [
    ["run", run.workflow_id],
    ["step", step.step_id],
    ["status", run.interrupted?.includes(id) ? "interrupted" : step.status],
    ["note", leftUndone(step, visible)],
    ["attempt", String(step.attempt)],
    ["child", step.child_workflow_id],
    ["started", time(step.started_at)],
    ["completed", time(step.completed_at)],
    ["error", error && asCalled(errorText({ code: error.code, message: error.message }))],
  ];
  for (const [name, value] of facts) {
    if (value) printLine(`${name.padEnd(12)} ${visible(value)}`);
  }
  if (error?.details !== undefined) {
    printLine("\ndetails");
    printJson(error.details);
  }
  if (output !== undefined) {
    printLine("\noutput");
    printJson(output);
  } else if (output_size !== undefined) {
    printLine(`\nthe output has ${output_size} bytes, more than an answer holds`);
  }
}

/** The step with its output, which a large run's state leaves out. */
async function wholeStep(
  { client }: CliContext,
  run: StatusReply,
  id: string,
): Promise<StepState> {
  const known = run.steps;
  const step = Object.hasOwn(known, id) ? known[id]! : undefined;
  if (step !== undefined && step.output_size === undefined) return step;
  const outcome = await stepOutcome(eventPages(client, run.workflow_id, id));
  if (step === undefined && outcome.status === undefined) {
    const others = visible(insteadOf(id, Object.keys(known)));
    throw new UsageError(`--step ${visible(id)}: the run has no such step${others}`);
  }
  const bare = step ?? { workflow_id: run.workflow_id, step_id: id, attempt: 0, retry_count: 0 };
  const whole = { ...bare, ...outcome } as unknown as StepState;
  if (whole.output !== undefined) delete whole.output_size;
  return whole;
}

/** The step's events, from the oldest on. */
async function* eventPages(
  client: Client,
  workflow_id: string,
  step_id: string,
): AsyncGenerator<JsonObject[]> {
  const query = { workflow_id, step_id, limit: String(MOST_ROWS) };
  for await (const page of pages(client, "/api/v1/events", query)) {
    yield page.events as JsonObject[];
  }
}
