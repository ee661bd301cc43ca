// Whether the templates that a definition's workflow.run steps name are there, and take what they give.

import { OpcodeError } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { type Rights, templateNotFound, withoutHints } from "../access.ts";
import type { Issue } from "../api.ts";
import { type StepNode, type StepTree, typeOf } from "../definition/node.ts";
import type { Plan } from "../definition/plan.ts";
import { member } from "../definition/report.ts";
import { parseVersion } from "../version.ts";
import type { Engine } from "./shared.ts";

/** Steps that are looked at. */
const MOST_CHILDREN = 50;
const TOKEN = "${{";
/** That it is not there, is archived, or can be no name. */
const TOLD: readonly string[] = ["NOT_FOUND", "CONFLICT", "VALIDATION_ERROR"];

/**
 * Warnings, because a child may be defined later: each says what a run would fail of today. `rights`:
 * of the agent, who is told of no template that it does not see.
 */
export async function childWarnings(
  engine: Engine,
  { name, tree, rights }: { name: string; tree: StepTree; rights: Rights | undefined },
): Promise<Issue[]> {
  const issues: Issue[] = [];
  const children = tree.all.filter(({ step }) =>
    typeOf(step) === "action" && step.action === "workflow.run" && isObject(step.params ?? null)
  );
  for (const node of children.slice(0, MOST_CHILDREN)) {
    const { template_name: child, version = "" } = node.step.params!;
    if (!isWritten(child) || child === "" || !isWritten(version)) continue;
    // What it is by then is what is being defined.
    if (child === name && version === "") continue;
    issues.push(...await warningsOf(engine, { node, child, version, rights }));
  }
  return issues;
}

function isWritten(value: unknown): value is string {
  return typeof value === "string" && !value.includes(TOKEN);
}

async function warningsOf(
  { env }: Engine,
  { node, child, version, rights }: {
    node: StepNode;
    child: string;
    version: string;
    rights: Rights | undefined;
  },
): Promise<Issue[]> {
  const at = `${node.path}.params`;
  try {
    if (rights && !rights.sees(child)) throw templateNotFound(child);
    const plan = await env.planToRun(child, parseVersion(version));
    return paramWarnings(plan, node.step.params!.params ?? {}, `${at}.params`);
  } catch (thrown) {
    const error = rights ? withoutHints(thrown, rights) : thrown;
    if (!(error instanceof OpcodeError)) throw error;
    if (!TOLD.includes(error.code)) return [];
    const later = error.code === "NOT_FOUND" ? ": until it is defined, the step fails" : "";
    const about = version === "" || error.code === "CONFLICT" ? "template_name" : "version";
    return [warning(`${at}.${about}`, error.message + later, error.code)];
  }
}

function paramWarnings(plan: Plan, params: unknown, at: string): Issue[] {
  if (!isObject(params as JsonObject)) return [];
  const given = params as JsonObject;
  if (Object.keys(given).some((key) => key.includes(TOKEN))) return [];
  const of = `template "${plan.templateName}"`;
  const unknown = plan.unknownParam(Object.keys(given));
  const missing = plan.missingInputs(plan.fillInputs({ ...plan.inputs, ...given }));
  return [
    ...(unknown
      ? [warning(member(at, unknown.name), `is no input of ${of} (${unknown.hint})`)]
      : []),
    ...missing.map((name) => warning(member(at, name), `is required by ${of}`)),
  ];
}

function warning(path: string, message: string, code: Issue["code"] = "VALIDATION_ERROR"): Issue {
  return { path, code, message, severity: "warning" };
}
