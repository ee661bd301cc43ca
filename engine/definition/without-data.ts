// Whether a program that is given no data of its own reads what only that could have.

import { cut } from "../../core/text.ts";
import { readsOf } from "../../embed/program-reads.ts";
import type { ActionForm } from "./action-form.ts";
import type { StepNode } from "./node.ts";
import { quote, type Report } from "./report.ts";

/** What a program sees in place of data. */
const SCOPE: readonly string[] = ["steps", "inputs", "workflow", "context", "loop", "iter"];
/** Programs of jq that are written for a list: over the scope they give its members, or fail. */
const OF_LIST =
  /^\s*(?:\.?\[|\.\s*\[|(?:map|sort|sort_by|group_by|unique|unique_by|min_by|max_by|add|first|last|length|join|flatten|reverse|any|all)\b)/;

/** An error where it is sure: a name of the data's gives null then, and the step completes. */
export function checkWithoutData(
  { step, path }: StepNode,
  { inPlaceOfScope: data, expressions = {} }: ActionForm,
  report: Report,
): void {
  const { params = {} } = step;
  if (data === undefined || Object.hasOwn(params, data)) return;
  for (const [name, engine] of Object.entries(expressions)) {
    const source = params[name];
    if (typeof source !== "string" || source.includes("${{")) continue;
    const reads = readsOf({ engine, source });
    const other = reads === "all"
      ? undefined
      : [...reads.keys()].find((key) => !SCOPE.includes(key));
    const isOfList = reads === "all" && engine === "jq" && OF_LIST.test(source);
    if (other === undefined && !isOfList) continue;
    const what = other === undefined ? "a list" : quote(cut(other));
    const rule = `reads ${what}, but without ${quote(data)} it sees only {${SCOPE.join(", ")}}: ` +
      `write ${quote(data)}, such as "\${{steps.ID.output}}"`;
    if (other === undefined) report.warn(`${path}.params.${name}`, rule);
    else report.error(`${path}.params.${name}`, rule);
  }
}
