// Whether a value fits a JSON Schema: 2020-12 unless `$schema` names draft 2019-09 or draft-07.

import { OpcodeError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { ActionContext } from "../action.ts";

/**
 * What is wrong with `data`, as `/pointer: rule`, or undefined when it fits. VALIDATION_ERROR when
 * `schema` is no schema, or refers to another document: nothing is ever fetched or read from disk.
 */
export function violation(
  schema: JsonObject | boolean,
  data: Json,
  context: ActionContext,
): string | undefined | Promise<string | undefined> {
  try {
    const found = context.violations(JSON.stringify(schema), data);
    return found instanceof Promise ? found.then(first, refuse) : first(found);
  } catch (thrown) {
    return refuse(thrown);
  }
}

function first(found: readonly { at: string; rule: string }[]): string | undefined {
  const [violation] = found;
  return violation && `${violation.at}: ${violation.rule}`;
}

function refuse(thrown: unknown): never {
  if (!(thrown instanceof OpcodeError) || thrown.code !== "VALIDATION_ERROR") throw thrown;
  const { keys = [] } = (thrown.details ?? {}) as { keys?: string[] };
  const place = keys.length === 0 ? "" : `/${keys.join("/")}: `;
  throw new OpcodeError(
    "VALIDATION_ERROR",
    `params.schema: is not a usable JSON Schema: ${place}${thrown.message}`,
  );
}
