// Whether a raw definition has the form that the workflow schema asks for, and where it has not.

import { parseDuration } from "../../core/duration.ts";
import { instead, type Wanted } from "../../core/instead.ts";
import { isObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import { article, codePoints, isLongerThan } from "../../core/text.ts";
import { member, quote, type Report } from "./report.ts";
import { checkCounts } from "./counts.ts";
import { formOf } from "./forms.ts";
import { choiceMeant, keyMeant } from "./other-words.ts";
import type { Conditional, Rule } from "./rule.ts";
import { DEFAULTS, DURATION, STEP, STEPS, WAIT_DURATION, WORKFLOW_SCHEMA } from "./schema.ts";

export interface StepLimits {
  /** Steps at all depths, hooks included. */
  maxSteps: number;
  /** Top-level steps are depth 1. */
  maxDepth: number;
}

interface Walk {
  report: Report;
  limits: StepLimits;
  depth: number;
  isBounded: boolean;
}

/**
 * Reports every place where the definition departs from the schema; `x-…` keys pass. Returns
 * whether the number of steps, their depth and the lengths of their names keep to their limits:
 * where they do not, the full ids of all steps may together be larger than memory.
 */
export function* checkStructure(
  definition: Json,
  limits: StepLimits,
  report: Report,
): Generator<void, boolean> {
  if (!checkCounts(definition, limits, report)) return false;
  yield;
  const walk: Walk = { report, limits, depth: 0, isBounded: true };
  yield* check(WORKFLOW_SCHEMA, definition, "", walk);
  return walk.isBounded;
}

/** A value without members is checked by a plain call: there may be hundreds of thousands. */
function* check(rule: Rule, value: Json, at: string, walk: Walk): Generator<void, void> {
  if (rule.$ref !== undefined) yield* checkNamed(rule.$ref, value, at, walk);
  if (!checkItself(rule, value, at, walk)) return;
  if (isObject(value)) yield* checkObject(rule, value, at, walk);
  if (!Array.isArray(value) || !rule.items) return;
  for (const [i, item] of value.entries()) {
    if (rule.items.$ref === undefined && (typeof item !== "object" || item === null)) {
      checkItself(rule.items, item, () => member(at, i), walk);
    } else yield* check(rule.items, item, member(at, i), walk);
  }
}

/** Whether the value may be looked into. */
function checkItself(
  rule: Rule,
  value: Json,
  at: string | (() => string),
  walk: Walk,
): boolean {
  const wrong = problem(rule, value);
  if (wrong === undefined) return true;
  if (isTooLong(rule, value)) walk.isBounded = false;
  walk.report.error((typeof at === "string" ? at : at()) || "/", wrong);
  return false;
}

function* checkNamed(ref: string, value: Json, at: string, walk: Walk): Generator<void, void> {
  const rule = WORKFLOW_SCHEMA.$defs[ref.slice("#/$defs/".length)]!;
  if (rule === STEPS && walk.depth >= walk.limits.maxDepth && holdsSteps(value)) {
    const { maxDepth } = walk.limits;
    walk.isBounded = false;
    return walk.report.error(at, `steps must not be nested deeper than ${maxDepth} levels`);
  }
  if (rule !== STEP) return yield* check(rule, value, at, walk);
  walk.depth++;
  yield* check(rule, value, at, walk);
  walk.depth--;
  yield;
}

function holdsSteps(value: Json): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** What is wrong with the value itself, its members left aside. */
function problem(rule: Rule, value: Json): string | undefined {
  const types = rule.type === undefined ? [] : [rule.type].flat();
  if (types.length > 0 && !types.some((type) => isOf(type, value))) {
    const literal = rule === STEP
      ? '; a step is {"id": "…", "action": "…", "params": {…}}'
      : rule === DEFAULTS
      ? '; write {"fail_on_error": true, "fail_on_error_status": true}'
      : instead(rule, inOurWords(rule, value), named as (rule: Wanted) => Wanted);
    const advice = noToken(value) || literal || form(rule);
    return `must be ${types.map(article).join(" or ")}, not ${described(value, types)}${advice}`;
  }
  if (rule.enum && !(typeof value === "string" && rule.enum.includes(value))) {
    const shown = typeof value === "string" ? quote(value) : described(value, []);
    const choices = typeof value === "string" ? choiceAdvice(value, rule.enum) : "";
    return `must be one of ${rule.enum.join(", ")}, not ${shown}${noToken(value) || choices}`;
  }
  if (typeof value === "string") return textProblem(rule, value);
  if (typeof value === "number" && rule.minimum !== undefined && value < rule.minimum) {
    return `must be ≥ ${rule.minimum}`;
  }
  return countProblem(rule, value);
}

/** The rule that a reference names; any other as it is. */
function named(rule: Rule): Rule {
  if (rule.$ref === undefined) return rule;
  // One word is no step, whatever it is taken for.
  if (rule.$ref === "#/$defs/step") return { type: "object" };
  return { ...WORKFLOW_SCHEMA.$defs[rule.$ref.slice("#/$defs/".length)], ...rule };
}

/** `; the form is …` of what has members or items. */
function form(rule: Rule): string {
  const found = formOf(rule, named);
  return found === undefined ? "" : `; the form is ${found}`;
}

/** `continue` where an error handler belongs, whose only member says `ignore` for that. */
function inOurWords(rule: Rule, value: Json): Json {
  const [only, ...others] = rule.required ?? [];
  if (typeof value !== "string" || only === undefined || others.length > 0) return value;
  const { enum: choices = [] } = named(rule.properties?.[only] ?? {});
  return choiceMeant(value, choices) ?? nearest(value, choices) ?? value;
}

function choiceAdvice(text: string, allowed: readonly string[]): string {
  // Only types of steps are mistaken for actions, whose names have a dot.
  if (allowed.includes("action") && text.includes(".")) return `; write "action": ${quote(text)}`;
  const meant = choiceMeant(text, allowed) ?? nearest(text, allowed);
  if (meant === undefined) return "";
  const advice = meant === "action" && text !== "task" && text !== "step"
    ? ' with an "action" such as "http.get", "shell.exec" or "workflow.run"'
    : "";
  return `; did you mean "${meant}"${advice}?`;
}

/** Of lists and objects, before anything is said of what is in them. */
function countProblem(rule: Rule, value: Json): string | undefined {
  if (Array.isArray(value)) {
    if (value.length < (rule.minItems ?? 0)) return "must not be empty";
    return value.length <= (rule.maxItems ?? Infinity)
      ? undefined
      : `must have at most ${rule.maxItems} items, has ${value.length}`;
  }
  if (rule.maxProperties === undefined || !isObject(value)) return undefined;
  const { length } = Object.keys(value);
  return length <= rule.maxProperties
    ? undefined
    : `must have at most ${rule.maxProperties} members, has ${length}`;
}

function isTooLong(rule: Rule, value: Json): boolean {
  return typeof value === "string" && rule.maxLength !== undefined &&
    isLongerThan(value, rule.maxLength);
}

function textProblem(rule: Rule, text: string): string | undefined {
  if (text === "" && rule.minLength !== undefined) return "must not be empty";
  if (isTooLong(rule, text)) {
    return `must have at most ${rule.maxLength} characters, has ${codePoints(text)}`;
  }
  if (rule.not?.const === text) return `must not be ${quote(text)}`;
  const isTemplate = rule.pattern === WAIT_DURATION.pattern && text.includes("${{");
  if (rule.pattern === DURATION.pattern || (rule.pattern !== undefined && !isTemplate)) {
    try {
      parseDuration(text);
    } catch (error) {
      return (error as Error).message + noToken(text);
    }
  }
  return undefined;
}

/** `; …` of a token where the value must be known before the run. */
function noToken(value: Json): string {
  if (typeof value !== "string" || !value.includes("${{")) return "";
  return "; no token may stand here, because it is read when the workflow is defined " +
    '(of durations only the "duration" of a wait may hold one)';
}

function isOf(type: string, value: Json): boolean {
  if (type === "integer") return Number.isSafeInteger(value);
  return type === kind(value);
}

function kind(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "number";
  return Array.isArray(value) ? "array" : typeof value;
}

function described(value: Json, wanted: readonly string[]): string {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && wanted.includes("integer")) return String(value);
  return value === null ? "null" : article(kind(value));
}

function* checkObject(
  rule: Rule,
  value: JsonObject,
  at: string,
  walk: Walk,
): Generator<void, void> {
  const { report } = walk;
  for (const key of rule.required ?? []) {
    if (Object.hasOwn(value, key)) continue;
    const { enum: choices } = named(ownRule(rule.properties, key) ?? {});
    const which = choices ? `: one of ${choices.join(", ")}` : "";
    report.error(member(at, key), `is required${which}`);
  }
  if (rule.anyOf && !rule.anyOf.some((one) => one.required.every((k) => Object.hasOwn(value, k)))) {
    const keys = rule.anyOf.map((one) => one.required.join(" and "));
    report.error(at, `needs ${keys.join(" or ")}`);
  }
  for (const [key, item] of Object.entries(value)) {
    const known = ownRule(rule.properties, key);
    if (known) yield* check(known, item, member(at, key), walk);
    else yield* checkOther(rule, key, item, { at, owner: value }, walk);
  }
  for (const when of rule.allOf ?? []) {
    if (applies(when, value)) yield* checkConditional(rule, when, value, at, walk);
  }
}

function ownRule(rules: Rule["properties"], key: string): Rule | undefined {
  return rules && Object.hasOwn(rules, key) ? rules[key] : undefined;
}

/** A key that the rule does not name: the author's own, a member of a map, or a mistake. */
function* checkOther(
  rule: Rule,
  key: string,
  item: Json,
  { at, owner }: { at: string; owner: JsonObject },
  walk: Walk,
): Generator<void, void> {
  if (rule.patternProperties && key.startsWith("x-")) return;
  const path = member(at, key);
  if (rule.additionalProperties === false) {
    return walk.report.error(path, `unknown key${keyAdvice(rule, key, owner, walk)}`);
  }
  if (rule.propertyNames) {
    const name = WORKFLOW_SCHEMA.$defs[rule.propertyNames.$ref!.slice("#/$defs/".length)]!;
    const wrong = problem(name, key);
    if (isTooLong(name, key)) walk.isBounded = false;
    if (wrong !== undefined) return walk.report.error(path, `the key ${wrong}`);
  }
  if (rule.additionalProperties) yield* check(rule.additionalProperties, item, path, walk);
}

const MEANS_ID = '; did you mean "id"?';

/** What an unknown key means: one of the config's, another tool's word, or a slip. */
function keyAdvice(rule: Rule, key: string, owner: JsonObject, { report }: Walk): string {
  if (rule === STEP) {
    const config = WORKFLOW_SCHEMA.$defs[`${owner.type}Config`];
    if (config?.properties && Object.hasOwn(config.properties, key)) {
      return `; a step of type ${owner.type} has it in config: {"config": {"${key}": …}}`;
    }
    const inside = keyMeant(config?.title, key, owner[key]);
    if (inside === "" && Object.hasOwn(owner, "id") && keyMeant(rule.title, key) === MEANS_ID) {
      return '; the step has an "id"; the author\'s own keys begin with "x-"';
    }
    if (inside !== "") return inside.replace('did you mean "', 'did you mean "config.');
  }
  const names = Object.keys(rule.properties ?? {});
  return keyMeant(rule.title, key, owner[key]) || report.suggest(key, () => names) ||
    (rule === DEFAULTS ? `; defaults may hold ${names.join(", ")}` : "");
}

function applies(when: Conditional, value: JsonObject): boolean {
  const { required, properties } = when.if;
  return Object.entries(properties).every(([key, { const: expected }]) =>
    Object.hasOwn(value, key) ? value[key] === expected : !required?.includes(key)
  );
}

function* checkConditional(
  rule: Rule,
  when: Conditional,
  value: JsonObject,
  at: string,
  walk: Walk,
): Generator<void, void> {
  for (const key of when.then.required ?? []) {
    if (Object.hasOwn(value, key)) continue;
    const [[name, { const: expected }]] = Object.entries(when.if.properties) as [
      [string, { const: string }],
    ];
    const isDefault = rule.properties?.[name]?.default === expected ? ", the default" : "";
    const reason = `when ${name} is ${quote(expected)}${isDefault}`;
    const params = rule === STEP && key === "config" && isObject(value.params)
      ? '; what is in "params" belongs into "config"'
      : "";
    walk.report.error(member(at, key), `is required ${reason}${params}`);
  }
  for (const [key, then] of Object.entries(when.then.properties ?? {})) {
    if (Object.hasOwn(value, key)) yield* check(then, value[key]!, member(at, key), walk);
  }
}
