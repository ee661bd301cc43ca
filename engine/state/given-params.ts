// Whether the params that a run is given suit its template.

import { faultAt, placeOf } from "../../core/fault-at.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { EvaluateOptions } from "../../core/expression.ts";
import type { JsonObject } from "../../core/json.ts";
import { cut } from "../../core/text.ts";
import type { Plan } from "../definition/plan.ts";
import { missingText } from "../definition/schemas.ts";
import type { RunEnv } from "../actor/run-env.ts";
import { type EffectiveInputs, effectiveInputs } from "./new-run.ts";

/** Throws VALIDATION_ERROR for a param that the template cannot mean, or that its schema refuses. */
export async function refuseParams(
  env: RunEnv,
  plan: Plan,
  params: JsonObject,
  options: EvaluateOptions,
): Promise<EffectiveInputs> {
  const unknown = plan.unknownParam(Object.keys(params));
  if (unknown !== undefined && !unknown.undeclared) {
    const { name, hint } = unknown;
    throw faultAt(
      `params.${cut(name)}`,
      `is no input of template "${plan.templateName}" (${hint})`,
    );
  }
  return await refuseInputs(env, plan, params, options);
}

/** Params that do nothing, of a template which declares none: it may be given anything. */
export function unreadParams(plan: Plan, params: JsonObject): string[] {
  const unknown = plan.unknownParam(Object.keys(params));
  if (!unknown?.undeclared) return [];
  const param = `params.${cut(unknown.name)}`;
  const meant = unknown.hint === undefined ? "" : ` (${unknown.hint})`;
  return [
    `${param}: nothing of template "${plan.templateName}" reads it, and it declares no inputs${meant}`,
  ];
}

/** Throws VALIDATION_ERROR for params that the template's input_schema refuses. */
export async function refuseInputs(
  env: RunEnv,
  plan: Plan,
  params: JsonObject,
  options: EvaluateOptions,
): Promise<EffectiveInputs> {
  const effective = effectiveInputs(plan, params);
  const violations = await plan.checkInputs?.(effective.inputs, env.schemas, options) ?? [];
  if (violations.length > 0) {
    throw inputViolation(plan.missingInputs(effective.inputs), violations);
  }
  return effective;
}

/** `details.missing` names the params that are required and were not given. */
function inputViolation(missing: string[], found: string[]): OpcodeError {
  const violations = [...new Set([...missing.map(missingText), ...found])];
  const message = missing.length > 0 ? areRequired(missing) : "params" +
    // `/a/b: rule`, a JSON Pointer, is `params.a.b: rule` to whoever wrote the params.
    violations[0]!.replace(
      /^\/[^:]*/,
      (pointer) => pointer === "/" ? "" : pointer.replaceAll("/", "."),
    );
  const [path] = missing.length > 0 ? [`params.${missing[0]}`] : message.split(":");
  return new OpcodeError("VALIDATION_ERROR", message, {
    details: { ...placeOf(path!), violations, ...(missing.length > 0 && { missing }) },
  });
}

function areRequired(names: string[]): string {
  const verb = names.length === 1 ? "is" : "are";
  return cut(`${names.map((name) => `params.${name}`).join(", ")}: ${verb} required`, 500);
}
