// Whether what a token or an expression reads can be there when it is read.

import { isObject, type JsonObject } from "../../core/json.ts";
import { article, cut } from "../../core/text.ts";
import { DECISION_PLACES } from "../interpolate/lookup.ts";
import type { Read } from "../interpolate/references.ts";
import { isSecretName } from "../vault/rules.ts";
import { checkKept } from "./kept-secrets.ts";
import { propertiesOf, typeOfField, type UnknownField, unknownField } from "./known-fields.ts";
import { checkInput } from "./input-reads.ts";
import { checkSkippable } from "./skippable-reads.ts";
import { member, quote, type Report } from "./report.ts";
import { celField } from "./cel-source.ts";
import { flowOutput } from "./flow-outputs.ts";
import type { ReadScope } from "./read-scope.ts";
import { checkReference, findStep, type Reader } from "./step-references.ts";
import { anyIteration, type StepList, type StepNode, typeOf } from "./node.ts";

/** What `${{workflow.*}}` has; `error` in the on_error hook alone. */
const WORKFLOW_FIELDS: JsonObject = {
  properties: {
    run_id: { properties: {} },
    name: { properties: {} },
    template_name: { properties: {} },
    template_version: { properties: {} },
    agent_id: { properties: {} },
    error: { properties: { code: {}, message: {}, step_id: {} } },
  },
};

/** Fields that are named where one is read that is none of them. */
const MOST_NAMED = 20;

/** Parts of a full id: three for each level. */
const MOST_PARTS = 50;

/** Members of a step beside the fields of its output. */
const STEP_MEMBERS = ["output", "status", "error"];

/** Checks all that one text reads; each step that is not there is reported once. */
export function checkReads(
  reads: readonly Read[],
  reader: Reader,
  scope: ReadScope,
  report: Report,
): void {
  const steps = new Map<string, StepNode | undefined>();
  const asked = new Set(
    reads.filter(({ namespace, guarded }) => namespace === "steps" && guarded)
      .map(({ keys }) => keys[0]!),
  );
  const taken = new Set(reads.filter(({ guarded }) => !guarded).map(({ keys }) => keys[0]));
  for (const read of reads) {
    const [head] = read.keys as [string];
    checkKept(read, reader, { scope, report });
    if (read.namespace === "steps" && scope.isOrdered === false) continue;
    if (read.namespace === "steps") {
      const at = { ...reader, guarded: !taken.has(head) };
      if (!steps.has(head)) steps.set(head, checkReference(head, at, scope, report));
      const step = steps.get(head);
      if (!step) continue;
      checkSkippable(step, read, reader, { scope, report, asked });
      if (!checkOutput(step, read, reader, { scope, report })) {
        checkLength(read, reader, { scope, report });
      }
      checkCompared(step, read, reader, { scope, report });
    } else if (read.namespace === "inputs") {
      checkInput(read, reader, { scope, report });
      checkLength(read, reader, { scope, report });
    } else if (read.namespace === "workflow") {
      const unknown = unknownField(WORKFLOW_FIELDS, read.keys);
      if (unknown) report.warn(reader.path, fieldOf("the workflow", read.keys, unknown, report));
    } else if (read.namespace === "loop" || read.namespace === "iter") {
      checkLoop(read, reader, report);
    } else if (read.namespace === "secrets" && !isSecretName(head)) {
      report.error(
        reader.path,
        `reads secret ${quote(head)}, which no secret can be called; a token with a secret is ` +
          "${{secrets.NAME}} and nothing else, the text around it stands outside",
      );
    } else if (read.namespace === "decision") {
      checkDecision(read, reader, { scope, report });
    } else if (read.namespace === "secrets") {
      scope.secretRead?.(head, reader.path);
    }
  }
}

/** The link that answers a question stands with that question, and leads nowhere without a base_url. */
function checkDecision({ keys }: Read, reader: Reader, { scope, report }: Check): void {
  if (!reader.shown) return report.error(reader.path, DECISION_PLACES);
  if (keys.length > 1 || keys[0] !== "link") {
    const read = quote(["decision", ...keys].join("."));
    return report.error(reader.path, `reads ${read}; of a decision there is only decision.link`);
  }
  if (scope.linksRefused === undefined) return;
  report.warn(
    reader.path,
    `reads decision.link, and the step fails: base_url ${scope.linksRefused}`,
  );
}

/** A member that lists and texts have in other languages. */
function checkLength(read: Read, reader: Reader, { scope, report }: Check): void {
  const { namespace, keys } = read;
  if (reader.isProgram || keys.at(-1) !== "length" || keys.length < 2) return;
  if (namespace === "inputs") {
    const [name, ...fields] = keys as [string, ...string[]];
    const { [name]: given = null } = scope.definition.inputs ?? {};
    const type = typeOfField(scope.inputSchema ?? {}, [name, ...fields.slice(0, -1)]);
    if (isObject(given) || type === "object") return;
  } else if (keys.length < 3) return;
  const list = keys.slice(0, -1).reduce(celField, namespace);
  report.warn(
    reader.path,
    `reads "length" of ${cut(list)}; how many there are is size(${cut(list)})`,
  );
}

interface Check {
  scope: ReadScope;
  report: Report;
}

/** What is known of the step's output, and by which action. */
function givenBy(step: StepNode["step"], { actions }: ReadScope) {
  const action = typeOf(step) === "action" ? actions?.get(step.action!) : undefined;
  return { action, output: action?.output ?? flowOutput(step) };
}

/** Whether it has told of a field that is not there. */
function checkOutput({ step }: StepNode, read: Read, reader: Reader, check: Check): boolean {
  const { scope, report } = check;
  const [id, first, ...rest] = read.keys;
  if (first === undefined) return false;
  const { action, output } = givenBy(step, scope);
  if (!output) return false;
  const short = !STEP_MEMBERS.includes(first);
  if (!short && first !== "output") return false;
  const keys = short ? [first, ...rest] : rest;
  const unknown = unknownField(output, keys);
  if (!unknown) return false;
  const kind = action ? `whose action is ${action.name}` : `which is ${article(typeOf(step))}`;
  const fullId = fullIdIn(read.keys, scope);
  if (fullId !== undefined) {
    report.warn(
      reader.path,
      `reads ${quote(fullId)} as fields of step ${quote(id!)}; the full id of a step stands in ` +
        `brackets: steps['${fullId}'].output`,
    );
    return true;
  }
  const whose = `step ${quote(id!)}, ${kind}`;
  const whole = WHOLE.has(first) ? `; the whole output is steps.${id}.output` : "";
  report.warn(reader.path, fieldOf(whose, keys, unknown, report) + whole);
  return true;
}

/** The full id of a step whose parts the keys are. */
function fullIdIn(keys: readonly string[], { byFullId }: ReadScope): string | undefined {
  for (let most = Math.min(keys.length, MOST_PARTS); most > 2; most--) {
    const id = keys.slice(0, most).join(".");
    if (byFullId.has(id) || byFullId.has(anyIteration(id))) return id;
  }
  return undefined;
}

/** What other tools call the output of a step. */
const WHOLE: ReadonlySet<string> = new Set(["outputs", "result", "results", "response", "value"]);

/** A comparison of a text with a number, or the like, is no error in CEL: it is never true. */
function checkCompared({ step }: StepNode, read: Read, reader: Reader, check: Check): void {
  const { compared, keys } = read;
  if (compared === undefined) return;
  const { scope, report } = check;
  const { output = {} } = givenBy(step, scope);
  const [id, first, ...rest] = keys;
  const fields = first === "output" ? rest : keys.slice(1);
  const ofStep = first === "status";
  const type = ofStep ? "string" : typeOfField(output, fields);
  if (type === undefined || !LITERALS.includes(type)) return;
  if ((type === "integer" ? "number" : type) === compared) {
    const choices = ofStep ? undefined : choicesOf(output, fields);
    const { comparedText: text } = read;
    if (!choices || text === undefined || choices.includes(text)) return;
    const meant = report.suggest(text, () => choices);
    const what = `compares ${quote(fields.at(-1)!)} of step ${quote(id!)} with ${quote(text)}`;
    return report.warn(reader.path, `${what}, which is none of ${listed(choices)}${meant}`);
  }
  const field = fields.at(-1) ?? "";
  const others = Object.keys(propertiesOf(output)).filter((name) =>
    name !== field && name.startsWith(field) && typeOfField(output, [name]) !== type
  );
  const meant = others.length === 1 ? `; did you mean steps.${id}.output.${others[0]}?` : "";
  const what = ofStep
    ? `the status of step ${quote(id!)}`
    : `${quote(field)} of step ${quote(id!)}`;
  report.warn(
    reader.path,
    `compares ${what}, which is ${article(type)}, with ${
      article(compared)
    }: they are never equal${meant}`,
  );
}

/** The texts that the field can be, where they are known. */
function choicesOf(output: JsonObject, fields: readonly string[]): string[] | undefined {
  const { [fields[0] ?? ""]: field } = propertiesOf(output);
  return fields.length === 1 && Array.isArray(field?.enum) ? field.enum as string[] : undefined;
}

function listed(choices: readonly string[]): string {
  const more = choices.length > MOST_NAMED ? ", …" : "";
  return choices.slice(0, MOST_NAMED).map(quote).join(", ") + more;
}

/** Branches that the one value an expression reads can never choose. */
export function checkBranches(
  { keys }: Read,
  reader: Reader & { branches: readonly string[] },
  scope: ReadScope,
  report: Report,
): void {
  const step = findStep(keys[0]!, reader, scope);
  const { output = {} } = step ? givenBy(step.step, scope) : {};
  const choices = choicesOf(output, keys[1] === "output" ? keys.slice(2) : keys.slice(1));
  if (!choices) return;
  for (const key of reader.branches) {
    if (choices.includes(key)) continue;
    const meant = report.suggest(key, () => choices);
    const path = member(reader.path.replace(/expression$/, "branches"), key);
    const what = `step ${quote(keys[0]!)} gives one of ${listed(choices)}`;
    report.warn(path, `can never be taken: ${what}${meant}`);
  }
}

/** Types of which a literal can be compared with another. */
const LITERALS = ["string", "integer", "number", "boolean"];

function fieldOf(
  whose: string,
  keys: readonly string[],
  { at, names }: UnknownField,
  report: Report,
): string {
  const field = keys.slice(0, at + 1).join(".");
  const known = names();
  const meant = report.suggest(keys[at]!, () => known);
  const all = meant !== "" || known.length === 0 || known.length > MOST_NAMED
    ? ""
    : `; there are ${known.map((name) => cut(name)).join(", ")}`;
  return `reads ${quote(field)} of ${whose}, which has no such field${meant}${all}`;
}

function checkLoop(
  { namespace, keys, computed }: Read,
  { path, node, body }: Reader,
  report: Report,
): void {
  // A default input has the loop of the step that reads it.
  if (!node) return;
  let outer: StepList | undefined = body ?? node.list;
  while (outer && !outer.repeats) outer = outer.parent?.list;
  const known = keys[0] === "item" || keys[0] === "index";
  if (outer && known) return;
  const problem = `reads "${namespace}.${keys[0]}"` +
    (outer ? '; a loop has "item" and "index" only' : ", but there is no loop around it");
  if (computed) report.warn(path, problem);
  else report.error(path, problem);
}
