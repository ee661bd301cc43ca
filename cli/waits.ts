// What a run waits for, and the commands that answer.

import type { DecisionReport, ProgramReport, StatusReply } from "../engine/api.ts";
import { isObject, type Json } from "../core/json.ts";
import { hint } from "./hint.ts";
import { short } from "./short-id.ts";
import { forkLines } from "./next-steps.ts";
import { visible } from "./print.ts";
import { brief } from "./table.ts";
import { shownTime } from "./times.ts";

/** Decisions that are told with their questions, and options that get a command each. */
const MOST_DECISIONS = 5;
const MOST_COMMANDS = 6;

/** Signals, children and times that are told. */
const MOST_OTHERS = 10;

/** Interrupted steps that get commands. */
const MOST_INTERRUPTED = 5;

/** The lines about everything that keeps the run from going on; empty when nothing does. */
export function waitLines(run: StatusReply): string[] {
  const id = short(run.workflow_id);
  const decisions = run.pending_decisions;
  const lines = decisions.slice(0, MOST_DECISIONS).flatMap((one) => decisionLines(run, one));
  if (decisions.length > MOST_DECISIONS) {
    const filters = [`workflow_id=${id}`, "status=pending"].flatMap((one) => ["--filter", one]);
    lines.push(
      `and for ${decisions.length - MOST_DECISIONS} more decisions:`,
      `  ${hint("query", "decisions", ...filters)}`,
    );
  }
  const asking = new Set(decisions.map(({ step_id }) => step_id));
  const signals = new Set(run.waiting_signals?.map(({ step_id }) => step_id));
  const others = [
    ...(run.waiting_signals ?? []).map(({ step_id, signal }) => [
      `waits for the signal ${visible(signal)} at ${visible(step_id)}` +
      until(run.steps[step_id]?.due_at) + ":",
      `  ${hint("signal", id, "data", "--step", step_id, "--payload", JSON.stringify({ signal }))}`,
    ]),
    ...Object.values(run.steps).flatMap((step) => {
      const { step_id, status, due_at, child_workflow_id } = step;
      if (status === "suspended" && child_workflow_id !== undefined) {
        return [[
          `waits at ${visible(step_id)} for a run:`,
          `  ${hint("status", short(child_workflow_id))}`,
        ]];
      }
      if (due_at === undefined || asking.has(step_id) || signals.has(step_id)) return [];
      return [[`waits at ${visible(step_id)}${until(due_at)}`]];
    }),
  ];
  lines.push(...others.slice(0, MOST_OTHERS).flat());
  if (others.length > MOST_OTHERS) lines.push(`and ${others.length - MOST_OTHERS} more`);
  if (run.poisoned) {
    lines.push(
      `poisoned: ${
        causeOf(run.poisoned)
      }; nothing goes on until it may try again, or is cancelled:`,
      `  ${hint("signal", id, "retry")}`,
      `  ${hint("signal", id, "cancel")}`,
    );
  } else if (run.interrupted) {
    if (run.timed_out) lines.push("its timeout was over while steps were under way:");
    lines.push(...interruption(run, run.interrupted), ...programLines(run.programs ?? []));
  }
  if (run.timed_out && !run.poisoned && !run.interrupted) {
    lines.push(
      "its timeout is over, and nothing goes on until a signal grants it anew, such as:",
      `  ${hint("signal", id, "data")}`,
    );
  }
  return lines;
}

/** What an interruption means, and the commands that answer for its steps. */
/** One that would be too large to load is set aside before anything dies of it. */
function causeOf({ deaths, reason }: NonNullable<StatusReply["poisoned"]>): string {
  if (deaths === 0) return `it was not loaded: ${visible(reason)}`;
  const times = deaths === 1 ? "once" : `${deaths} times`;
  return `daemons died of it ${times}, the last time: ${visible(reason)}`;
}

function interruption({ workflow_id }: StatusReply, steps: readonly string[]): string[] {
  const id = short(workflow_id);
  const each = (type: string) => [
    ...steps.slice(0, MOST_INTERRUPTED).map((step) =>
      `  ${hint("signal", id, type, "--step", step)}`
    ),
    ...(steps.length > MOST_INTERRUPTED
      ? [`  and so on for ${steps.length - MOST_INTERRUPTED} more`]
      : []),
  ];
  return [
    "interrupted: whether a step had its effect is not known, and nothing goes on",
    steps.length === 1
      ? "until this one is answered for"
      : `until each of the ${steps.length} is answered for`,
    "it had none, or doing it twice does no harm: run it again with",
    ...each("retry"),
    "it had its effect, or is not needed: pass over it, its output is null then, with",
    ...each("skip"),
    ...(steps.length > 1
      ? ["run all of them again at once:", `  ${hint("signal", id, "data")}`]
      : []),
    ...forkLines(id, steps[0]!),
  ];
}

/** The signals that it has been sent before a wait of theirs has begun, with an empty line before. */
export function keptLines({ kept_signals = [] }: StatusReply): string[] {
  const lines = kept_signals.slice(0, MOST_OTHERS).map(({ signal, step_id }) => {
    const what = signal === undefined ? "data" : `the signal ${visible(signal)}`;
    const whom = step_id === undefined ? "" : ` for ${visible(step_id)}`;
    return `keeps ${what}${whom} until a wait takes it`;
  });
  const more = kept_signals.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  return lines.length === 0 ? [] : ["", ...lines];
}

/** What agents that are away have not been told yet; empty when there is nothing. */
export function untoldLines({ notifications = [] }: StatusReply): string[] {
  const lines = notifications.slice(0, MOST_OTHERS).map(({ agent_id, message }) =>
    `not told yet to ${visible(agent_id)}, who is away: ${brief(message)}`
  );
  const more = notifications.length - lines.length;
  if (more > 0) lines.push(`and ${more} more`);
  return lines.length === 0 ? [] : ["", ...lines];
}

/** What somebody can do who has no answer for what it waits for; empty when that is nobody's. */
export function insteadLines(run: StatusReply): string[] {
  if (run.poisoned) return [];
  const id = short(run.workflow_id);
  const cancel = ["end the run:", `  ${hint("signal", id, "cancel")}`];
  if (run.interrupted || run.timed_out) return cancel;
  const asking = [...run.pending_decisions, ...run.waiting_signals ?? []];
  const waiting = [...new Set(asking.map(({ step_id }) => step_id))];
  if (waiting.length === 0) return [];
  const step = waiting.length === 1 ? waiting[0]! : "STEP";
  return [
    "go on without an answer, the step's output is null then:",
    `  ${hint("signal", id, "skip", "--step", step)}`,
    ...cancel,
  ];
}

/** Programs that may go on beside what a retry starts. */
export function programLines(programs: readonly ProgramReport[]): string[] {
  return programs.map(({ step_id, pid, command, running }) =>
    `${visible(step_id)} had started ${visible(command)} (pid ${pid}), which ` +
    (running
      ? "was told to end with its daemon, and is killed shell.kill_grace (5 s by default) later: a " +
        "retry before that makes two of them"
      : "runs no more")
  );
}

/**
 * The command for each option of a decision, or one that leaves the choice open. `which`: the words
 * that say which question is meant.
 */
export function answerCommands(
  decision: DecisionReport,
  which: string[] = ["--decision", decision.decision_id],
): string[] {
  const options = optionsOf(decision.options);
  const isOpen = options.length === 0 || options.length > MOST_COMMANDS;
  return (isOpen ? ["CHOICE"] : options.map(({ id }) => id)).map((choice) =>
    answer(decision, which, choice)
  );
}

function answer(decision: DecisionReport, which: string[], choice: string): string {
  const { workflow_id, target_agent_id } = decision;
  const by = target_agent_id === undefined ? [] : ["--agent", String(target_agent_id)];
  return hint("signal", short(workflow_id), "decision", ...which, "--choice", choice, ...by);
}

function decisionLines(run: StatusReply, decision: DecisionReport): string[] {
  const { decision_id, step_id, target_agent_id, timeout_at, fallback } = decision;
  const context = isObject(decision.context) ? decision.context : {};
  const options = optionsOf(decision.options);
  const { attempt = Infinity } = Object.hasOwn(run.steps, step_id) ? run.steps[step_id]! : {};
  // A step that has asked before does not say which of its questions is meant.
  const which = attempt <= 1 ? ["--step", step_id] : ["--decision", decision_id];
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
    if (!several) lines.push(`    ${answer(decision, which, id)}`);
  }
  if (options.length === 0) lines.push("  any answer");
  if (options.length === 0 || several) lines.push(`    ${answer(decision, which, "CHOICE")}`);
  return lines;
}

function optionsOf(options: Json): { id: string; description?: string }[] {
  return options as { id: string; description?: string }[];
}

function until(time: string | undefined): string {
  return time === undefined ? "" : ` until ${shownTime(time)}`;
}
