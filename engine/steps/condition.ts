// What a condition is: a step that runs the one of its branches which an expression names.

import type { ErrorObject } from "../../core/errors.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { plainText } from "../../core/text.ts";
import type { CelProgram } from "../../embed/cel.ts";
import { isSurelyBoolean } from "../definition/cel-certain.ts";
import { celSource } from "../definition/cel-source.ts";
import { type ChildList, childList } from "../definition/child-list.ts";
import type { PlanList } from "../definition/plan.ts";
import { CLOSED, type Rule, STEPS } from "../definition/rule.ts";
import { member, type Report } from "../definition/report.ts";
import type { StepNode } from "../definition/node.ts";
import type { StepDefinition } from "../definition/types.ts";
import { openList } from "../transition/lists.ts";
import type { Place } from "../state/place.ts";
import { scopeFor } from "../state/scope.ts";
import { failStep } from "../transition/fail.ts";
import { completeStep } from "../transition/settle.ts";
import { noteStart } from "../transition/note-start.ts";
import type { StepList, StepState } from "../state/state.ts";
import type { Turn } from "../transition/turn.ts";
import { valueOf } from "../state/unsealed.ts";
import { endIfDone } from "../transition/list-done.ts";
import type { CompileTools, StepType } from "./type.ts";

declare module "../state/state.ts" {
  interface StepDetail {
    /** The key of the branch that runs. */
    branch?: string;
    /** Whether the default branch runs. */
    otherwise?: boolean;
  }
}

export interface ConditionConfig {
  expression: string;
  branches: Record<string, StepDefinition[]>;
  default?: StepDefinition[];
}

const CONFIG: Rule & { title: string } = {
  ...CLOSED,
  title: "Condition",
  description: "Runs the branch named by the value of a CEL expression.",
  required: ["expression", "branches"],
  properties: {
    expression: {
      description: "CEL. A boolean selects true or false, a string or number the key it spells.",
      type: "string",
      minLength: 1,
      examples: ["inputs.env", "steps.check.status_code == 200"],
    },
    branches: {
      description: "The steps of each branch, run in order.",
      type: "object",
      propertyNames: { $ref: "#/$defs/branchKey" },
      additionalProperties: STEPS,
    },
    default: { ...STEPS, description: "Runs when no branch has the key." },
  },
};

function* lists({ branches, default: otherwise }: JsonObject): Generator<ChildList> {
  if (isObject(branches)) {
    for (const key of Object.keys(branches)) yield childList(["branches", key], key, branches[key]);
  }
  yield childList(["default"], "default", otherwise);
}

const BOOLEANS = ["true", "false"];

/** Branches that no value of the expression can have as its key. */
function check({ step, path }: StepNode, { report }: { report: Report }): void {
  const { expression, branches, default: otherwise } = step.config as unknown as ConditionConfig;
  if (typeof expression !== "string" || !isObject(branches as unknown as Json)) return;
  if (!isSurelyBoolean(expression)) return;
  const never = "can never be taken: the expression yields true or false";
  for (const key of Object.keys(branches)) {
    if (!BOOLEANS.includes(key)) report.warn(member(`${path}.config.branches`, key), never);
  }
  if (otherwise === undefined || !BOOLEANS.every((key) => Object.hasOwn(branches, key))) return;
  report.warn(
    `${path}.config.default`,
    "can never be taken: there are branches for true and false",
  );
}

interface ConditionPlan {
  expression: CelProgram;
  branches: ReadonlyMap<string, PlanList>;
  /** Null also when it is empty. */
  otherwise: PlanList | null;
}

function compile({ expression }: ConditionConfig, tools: CompileTools): ConditionPlan {
  const branches = new Map<string, PlanList>();
  let otherwise: PlanList | null = null;
  for (const { where: [, key], plan } of tools.lists) {
    if (key !== undefined) branches.set(key as string, plan);
    else if (plan.steps.length > 0) otherwise = plan;
  }
  return { expression: tools.cel(expression), branches, otherwise };
}

function begin(turn: Turn, step: StepState): void {
  const { expression, branches, otherwise } = step.plan.config as ConditionPlan;
  const key = plainText(expression.evaluate(scopeFor(turn.run, step)));
  noteStart(turn, step);
  if (branches.has(key)) step.row.detail.branch = key;
  else if (otherwise) step.row.detail.otherwise = true;
  turn.eventWith("condition_evaluated", step.id, { expression: expression.source, result: key });
  const branch = branchOf(step);
  if (!branch) return completeStep(turn, step, { branch: key, skipped: true });
  if (branch.plan.steps.length === 0) return completeStep(turn, step, { branch: key });
  const list = openList(turn.run, step, { ...branch, index: 0 });
  turn.agenda.add({ kind: "list_moves", list });
}

/** The branch that the step has chosen, if there is one. */
function branchOf(step: StepState): { key: string; plan: PlanList } | undefined {
  const plan = step.plan.config as ConditionPlan;
  const { branch, otherwise } = step.row.detail;
  if (otherwise) return { key: "default", plan: plan.otherwise! };
  return branch === undefined ? undefined : { key: branch, plan: plan.branches.get(branch)! };
}

function branchDone(turn: Turn, step: StepState, list: StepList): void {
  completeStep(turn, step, { branch: branchOf(step)!.key, output: valueOf(list) });
}

function branchFailed(turn: Turn, step: StepState, _list: StepList, error: ErrorObject): void {
  failStep(turn, step, error);
}

function places(step: StepState): Place[] | null {
  const branch = branchOf(step);
  return branch && branch.plan.steps.length > 0 ? [{ ...branch, index: 0 }] : null;
}

export const condition: StepType<ConditionConfig> = {
  name: "condition",
  config: CONFIG,
  summary: "{expression: CEL, branches: {value: [Step]}, default?: [Step]} → {branch, output}",
  lists,
  check,
  expressions: ({ expression, branches }) => [
    { at: "expression", text: expression, language: "cel", branches: Object.keys(branches) },
  ],
  holdsCel: true,
  guards: ({ expression }) => [expression],
  outputs: () => ["branch", "output", "skipped"],
  outputTypes: () => ({ branch: { type: "string" }, skipped: { type: "boolean" } }),
  given: () => ".output",
  compile,

  shape: "diamond",
  label: ({ expression }) => celSource(expression),
  chooses: true,

  begin,
  goOn: (turn, step) => endIfDone(turn, step, branchDone),
  listDone: branchDone,
  listFailed: branchFailed,
  places,
  progress: ["branch", "otherwise"],
};
