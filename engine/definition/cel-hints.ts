// What somebody probably meant whose CEL does not compile.

import { isObject } from "../../core/json.ts";
import { isStepId, type Reader, type StepScope } from "./step-references.ts";
import type { ActionForms } from "./action-form.ts";

/** What other languages write, by where the fault is said to be. */
const SYNTAX: readonly (readonly [RegExp, string])[] = [
  [/near "===?/, "CEL compares with == and !="],
  [/near "= /, "CEL compares with =="],
  [/near "!==/, "CEL compares with == and !="],
  [/near "(?:and|or|not)\b/i, "CEL writes &&, || and !"],
  [/near "(?:is|eq|equals)\b/i, "CEL compares with == and !="],
  [/near "\|/, "CEL has no filters: size(x), x.contains(y), x.map(i, …) are functions"],
];

/** What other languages call a function, and how it is done in CEL. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  ...each(
    "success always failure cancelled failed succeeded",
    "a step runs once those in depends_on are done; what a failure means is said by its on_error",
  ),
  ...each("toJSON tojson stringify to_json", "an object in a text is written as JSON by itself"),
  ...each("fromJSON fromjson parse_json", "what is JSON has been read by the action that gives it"),
  ...each("format concat sprintf", "texts are joined by +, or tokens stand in the text"),
  ...each("len length count", "how many there are is size(x)"),
  ...each("exists isset defined", "whether there is a field is has(x.field)"),
  ...each("coalesce default ifnull", "write has(x.field) ? x.field : 'other'"),
  ...each("str toString", "a text of a value is string(x)"),
  ...each("parseInt number float Number", "numbers are int(x) and double(x)"),
};

function each(names: string, advice: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, advice]));
}

/** `; …` where a function is unknown that others have. */
export function functionHint(fault: string): string {
  const name = /unknown function "([A-Za-z_]\w*)"/.exec(fault)?.[1];
  return name !== undefined && Object.hasOwn(FUNCTIONS, name) ? `; ${FUNCTIONS[name]}` : "";
}

/** The path of what a step gave that is written with its id in front, or as its id alone. */
export function pathOfStep(id: string, path: string): string {
  const rest = path.slice(id.length);
  return /^\.(?:output|status|error)(?![\w-])/.test(rest)
    ? `steps.${path}`
    : `steps.${id}.output${rest}`;
}

/** `; …` or nothing. `fault`: what the compiler says. */
export function celHint(
  source: string,
  fault: string,
  reader: Reader,
  scope: StepScope & { actions?: ActionForms },
): string {
  const hyphenated = hyphenHint(source, reader, scope);
  if (hyphenated !== "") return hyphenated;
  const called = functionHint(fault);
  if (called !== "") return called;
  const said = SYNTAX.find(([pattern]) => pattern.test(fault))?.[1];
  if (said !== undefined) return `; ${said}`;
  if (/near "=== |\bnot\s+\w/.test(source)) return "; CEL writes &&, || and !";
  const name = /unknown name "([A-Za-z_]\w*)"/.exec(fault)?.[1];
  if (name === undefined) return "";
  if (isStepId(name, reader, scope)) {
    const path = new RegExp(`(?<![\\w.])${name}(?:\\.[A-Za-z_]\\w*(?!\\w|\\s*\\())*`).exec(source)
      ?.[0];
    return `; did you mean ${pathOfStep(name, path ?? name)}?`;
  }
  for (const id of reader.node?.step.depends_on ?? []) {
    const step = reader.node!.list.byId.get(id)?.step;
    const fields = scope.actions?.get(step?.action ?? "")?.output.properties;
    if (isObject(fields) && Object.hasOwn(fields, name)) {
      return `; did you mean steps.${id}.output.${name}?`;
    }
  }
  if (name === "loop" || name === "item") return "; an item of a loop is iter.item";
  return new RegExp(`[=!]=\\s*${name}\\b`).test(source) ? "; text stands in quotes" : "";
}

/** An id with a hyphen after a dot is a subtraction to CEL. */
const HYPHENATED = /(?<![\w.])steps\.([A-Za-z_]\w*(?:-\w+)+)/g;

/** `; …` where a step's id is written so. */
export function hyphenHint(source: string, reader: Reader, scope: StepScope): string {
  for (const [all, id] of source.matchAll(HYPHENATED)) {
    if (isStepId(id!, reader, scope)) {
      return `; write steps['${id}'] for ${all}: "-" is minus there`;
    }
  }
  return "";
}
