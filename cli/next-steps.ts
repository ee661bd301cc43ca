// How a run that has failed can go on: what can be done, and the command for it.

import { formatDuration } from "../core/duration.ts";
import type { ErrorObject } from "../core/errors.ts";
import { cut } from "../core/text.ts";
import { type Remedy, remedyOf, stepOfFailure, topLevelOf } from "../core/remedy.ts";
import { waysToSet } from "../server/settings/keys.ts";
import { hint } from "./hint.ts";
import { visible } from "./print.ts";
import { short } from "./short-id.ts";

/** Characters of an expression that are shown. */
const MOST_SHOWN = 200;

/** Empty when the run has not failed. */
export function nextLines(run: {
  workflow_id: string;
  status: string;
  error?: ErrorObject | undefined;
  steps?: object | undefined;
}): string[] {
  const { error } = run;
  if (run.status !== "failed" || error === undefined) return [];
  const step = stepOfFailure(error);
  const id = short(run.workflow_id);
  if (step === undefined) return [...againLines(error), ...forkLines(id, "STEP")];
  return [
    ...againLines(error, `  ${hint("signal", id, "retry", "--step", step)}`),
    "without the step, whose output is null then:",
    `  ${hint("signal", id, "skip", "--step", step)}`,
    ...forkLines(id, step, Object.keys(run.steps ?? {})),
  ];
}

interface Advice {
  says: string;
  /** What is typed before the retry. */
  commands?: string[];
  /** Whether a retry alone ends alike: then it is not shown. */
  alike?: boolean;
}

/** How the step itself can end otherwise, by what it failed of; without one: what has to change. */
function againLines(error: ErrorObject, retry?: string): string[] {
  const again = retry === undefined ? "a new run" : "the step again";
  const { says, commands = [], alike = false } = adviceOf(error, again);
  return [says, ...commands, ...(retry === undefined || alike ? [] : [retry])];
}

function adviceOf(error: ErrorObject, again: string): Advice {
  const remedy = remedyOf(error);
  switch (remedy.kind) {
    case "unlock":
      return {
        says: remedy.store === undefined
          ? `unlock the vault, then ${again}:`
          : `unlock the vault and store the secret, then ${again}:`,
        commands: [
          `  ${hint("secret", "unlock")}`,
          ...(remedy.store === undefined ? [] : [`  ${hint("secret", "set", remedy.store)}`]),
        ],
      };
    case "secret":
      return {
        says: `store the secret, then ${again}:`,
        commands: [`  ${hint("secret", "set", remedy.name)}`],
      };
    case "setting": {
      const others = remedy.shared ? ", or other runs to end" : "";
      return {
        says: `the setting ${visible(remedy.name)} has to change${others}; then ${again}:`,
        commands: settingLines(remedy.name),
      };
    }
    case "right": {
      const right = visible(`agents.${remedy.agent}.${remedy.right}`);
      return { says: `${right} in settings.json has to have it; start the daemon, then ${again}:` };
    }
    case "template":
      return {
        says: `define the template ${visible(remedy.name)}, then ${again}; or name another:`,
        commands: [`  ${hint("define", "FILE")}`],
      };
    case "child":
      return {
        says: `what the run that it started failed of has to change; then ${again}:`,
        commands: [`  ${hint("status", short(remedy.id))}`],
      };
    default:
      return bareAdvice(remedy, again);
  }
}

/** Of what no command mends. */
function bareAdvice(remedy: Remedy, again: string): Advice {
  switch (remedy.kind) {
    case "wait":
      return { says: `${again}, at the earliest ${formatDuration(remedy.ms)} after it failed:` };
    case "request":
      return {
        says: `answered ${remedy.status}, the request has to change; ${again} as it is, only ` +
          "if the server has changed:",
      };
    case "loop":
      return remedy.fixed
        ? { says: `${again} would be cut alike: its max_iter has to be larger`, alike: true }
        : { says: `${again}, if as many iterations may do then; else define a larger max_iter:` };
    case "decision":
      return {
        says: `${again} asks anew; with a fallback or a longer timeout defined it need not fail:`,
      };
    case "change":
      return {
        says: `${again} would fail alike: its params or the definition have to change`,
        alike: true,
      };
    case "expression":
      return {
        says:
          `${again} would fail alike: the expression ${visible(cut(remedy.source, MOST_SHOWN))} ` +
          "has to be mended in a new version, or be given other params",
        alike: true,
      };
    case "time":
      return {
        says: remedy.of === "step"
          ? `${again}, if it was slow only once; else define a longer timeout:`
          : `${again} has all of the workflow's timeout; if that is too short, define a longer one:`,
      };
    default:
      return { says: `${again}, once what failed outside is mended:` };
  }
}

/** How the daemon is told. */
function settingLines(name: string): string[] {
  const ways = waysToSet(name);
  if (!ways) return [];
  return [
    `  ${hint("serve", ways.flag, "VALUE")}`,
    `  (or ${ways.variable}=VALUE, or settings.json, and start the daemon again)`,
  ];
}

/** How a new run begins from the step, with what those before it have come to. */
export function forkLines(id: string, step: string, ids: readonly string[] = []): string[] {
  return [
    "a new run from there; --param NAME=VALUE or --version VERSION change it:",
    `  ${hint("run", "--from-run", id, "--from-step", topLevelOf(step, ids))}`,
  ];
}
