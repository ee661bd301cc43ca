// Which retries and handlers do not see the failure they were most likely written for.

import { takesParam } from "./defaults.ts";
import { quote, type Report } from "./report.ts";
import type { ActionForms } from "./action-form.ts";
import { type StepNode, type StepTree, typeOf } from "./node.ts";
import type { StepDefinition, WorkflowDefinition } from "./types.ts";

/** Params by which an action fails where it completes otherwise, and what that is about. */
const FAILS_BY: readonly (readonly [param: string, what: string])[] = [
  ["fail_on_error_status", "an answer of any status, 503 too, completes the step"],
  ["fail_on_error", "a program that exits with any code completes the step"],
];

/** Steps that a warning about all of them names. */
const MOST_NAMED = 5;

type Handling = "retry" | "on_error";

interface Blind {
  node: StepNode;
  handles: Handling;
}

/** Warns of each such step, or once of a default; the tree has the defaults in its steps. */
export function* checkUnseen(
  tree: StepTree,
  { defaults }: WorkflowDefinition,
  actions: ActionForms | undefined,
  report: Report,
): Generator<void, void> {
  if (!actions) return;
  for (const [param, what] of FAILS_BY) {
    const blind: Blind[] = [];
    for (const node of tree.all) {
      const handles = handlingOf(node.step);
      if (handles && isBlind(node.step, param, actions)) blind.push({ node, handles });
    }
    yield;
    const byDefault = (handles: Handling) =>
      blind.filter(({ node, handles: own }) =>
        own === handles && node.step[handles] === defaults?.[handles]
      );
    for (const handles of ["retry", "on_error"] satisfies Handling[]) {
      const nodes = byDefault(handles);
      if (nodes.length === 0) continue;
      report.warn(
        `defaults.${handles}`,
        `${what} and is not seen here by ${named(nodes)}: write "${param}": true beside it in ` +
          "defaults (false, if that is meant)",
      );
    }
    const written = blind.filter(({ node, handles }) => node.step[handles] !== defaults?.[handles]);
    const forAll = written.length < 2
      ? ""
      : `, or once for all ${written.length} such steps ${
        defaults ? `"${param}": true in defaults` : `"defaults": {"${param}": true} beside "steps"`
      }`;
    for (const { node, handles } of written) {
      report.warn(
        `${node.path}.${handles}`,
        `${what} and is not seen here: write "${param}": true in params${forAll} ` +
          "(false, if that is meant)",
      );
    }
  }
}

function handlingOf({ retry, on_error }: StepDefinition): Handling | undefined {
  if (retry && retry.max > 0) return "retry";
  return on_error && on_error.strategy !== "retry" ? "on_error" : undefined;
}

function isBlind(step: StepDefinition, param: string, actions: ActionForms): boolean {
  if (typeOf(step) !== "action") return false;
  const action = actions.get(step.action!);
  return action !== undefined && action.refused === undefined && takesParam(action, param) &&
    !Object.hasOwn(step.params ?? {}, param);
}

function named(blind: readonly Blind[]): string {
  const ids = blind.slice(0, MOST_NAMED).map(({ node }) => quote(node.step.id));
  const more = blind.length - ids.length;
  return ids.join(", ") + (more > 0 ? ` and ${more} more` : "");
}
