// What a run waits for, and the commands that answer.

import type { DecisionReport, ProgramReport, StatusReply } from "../engine/api.ts";
import { isObject, type Json } from "../core/json.ts";
import { visible } from "./print.ts";
import { brief } from "./table.ts";
import { shownTime } from "./times.ts";

/** Decisions that are told with their questions, and options that get a command each. */
const MOST_DECISIONS = 5;
const MOST_COMMANDS = 6;

/** Signals, children and times that are told. */
const MOST_OTHERS = 10;

/** The lines about everything that keeps the run from going on; empty when nothing does. */
export function waitLines(run: StatusReply): string[] {
  const id = run.workflow_id;
  const decisions = run.pending_decisions;
  const lines = decisions.slice(0, MOST_DECISIONS).flatMap((one) => decisionLines(id, one));
  if (decisions.length > MOST_DECISIONS) {
    lines.push(
      `and for ${decisions.length - MOST_DECISIONS} more decisions: ` +
        `opcode query decisions --filter workflow_id=${id} --filter status=pending`,
    );
  }
  const asking = new Set(decisions.map(({ step_id }) => step_id));
  const signals = new Set(run.waiting_signals?.map(({ step_id }) => step_id));
  const others = [
    ...(run.waiting_signals ?? []).map(({ step_id, signal }) => [
      `waits for the signal ${visible(signal)} at ${visible(step_id)}` +
      until(run.steps[step_id]?.due_at) + ":",
      `  opcode signal ${id} data --step ${quoted(step_id)} ` +
      `--payload ${quoted(JSON.stringify({ signal }))}`,
    ]),
    ...Object.values(run.steps).flatMap((step) => {
      const { step_id, status, due_at, child_workflow_id } = step;
      if (status === "suspended" && child_workflow_id !== undefined) {
        return [[`waits at ${visible(step_id)} for a run: opcode status ${child_workflow_id}`]];
      }
      if (due_at === undefined || asking.has(step_id) || signals.has(step_id)) return [];
      return [[`waits at ${visible(step_id)}${until(due_at)}`]];
    }),
  ];
  lines.push(...others.slice(0, MOST_OTHERS).flat());
  if (others.length > MOST_OTHERS) lines.push(`and ${others.length - MOST_OTHERS} more`);
  if (run.poisoned) {
    const { deaths, reason } = run.poisoned;
    lines.push(
      `poisoned: daemons died of it ${deaths} times, the last time: ${
        visible(reason)
      }; nothing goes ` +
        "on until it may try again, or is cancelled:",
      `  opcode signal ${id} retry`,
      `  opcode signal ${id} cancel`,
    );
  } else if (run.interrupted) {
    lines.push(...interruption(id, run.interrupted), ...programLines(run.programs ?? []));
  }
  if (run.timed_out && !run.poisoned && !run.interrupted) {
    lines.push(
      "its timeout is over, and nothing goes on until a signal grants it anew, such as:",
      `  opcode signal ${id} data`,
    );
  }
  return lines;
}

/** What an interruption means, and the commands that answer for its steps. */
function interruption(runId: string, steps: readonly string[]): string[] {
  return [
    "interrupted: whether these steps had their effect is not known, and nothing goes on until each " +
    "is answered for; retry, or say skip instead:",
    ...steps.map((step) => `  opcode signal ${runId} retry --step ${quoted(step)}`),
  ];
}

/** Programs that may go on beside what a retry starts. */
export function programLines(programs: readonly ProgramReport[]): string[] {
  return programs.map(({ step_id, pid, command, running }) =>
    `${visible(step_id)} had started ${visible(command)} (pid ${pid}), which ` +
    (running ? "still runs: end it before a retry, or there are two" : "runs no more")
  );
}

function decisionLines(runId: string, decision: DecisionReport): string[] {
  const { decision_id, step_id, target_agent_id, timeout_at, fallback } = decision;
  const context = isObject(decision.context) ? decision.context : {};
  const options = optionsOf(decision.options);
  const answer = (choice: string) =>
    `    opcode signal ${runId} decision --decision ${decision_id} --choice ${choice}` +
    (target_agent_id === undefined ? "" : ` --agent ${quoted(String(target_agent_id))}`);
  const lines = [`waits for a decision at ${visible(step_id)}`];
  if (typeof context.prompt === "string" && context.prompt !== "") {
    const [first, ...rest] = context.prompt.split("\n").map(visible);
    lines[0] += `: ${first}`;
    lines.push(...rest.map((line) => `  ${line}`.trimEnd()));
  }
  const data = isObject(context.data ?? null) ? Object.entries(context.data as object) : [];
  for (const [name, value] of data) {
    lines.push(`  ${visible(name)} = ${value === null ? "null" : brief(value as Json)}`);
  }
  if (target_agent_id !== undefined) lines.push(`  only by ${visible(String(target_agent_id))}`);
  if (typeof timeout_at === "string") {
    const after = fallback === undefined ? "the step fails" : visible(String(fallback));
    lines.push(` ${until(timeout_at)}, then: ${after}`);
  }
  const several = options.length > MOST_COMMANDS;
  for (const { id, description } of options) {
    lines.push(`  ${visible(id)}${description === undefined ? "" : `: ${visible(description)}`}`);
    if (!several) lines.push(answer(quoted(id)));
  }
  if (options.length === 0) lines.push("  any answer");
  if (options.length === 0 || several) lines.push(answer("CHOICE"));
  return lines;
}

function optionsOf(options: Json): { id: string; description?: string }[] {
  return options as { id: string; description?: string }[];
}

function until(time: string | undefined): string {
  return time === undefined ? "" : ` until ${shownTime(time)}`;
}

/** One word of a shell's command line. */
export function quoted(text: string): string {
  if (/^[\w.:@%+,/-]+$/.test(text)) return text;
  return `'${visible(text).replaceAll("'", `'\\''`)}'`;
}
