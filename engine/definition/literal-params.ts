// Whether the params that a step is written with can ever suit its action.

import { alternatives, brokenRule, countRule, typesOf } from "../../actions/params.ts";
import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { article } from "../../core/text.ts";
import { nearest } from "../../core/nearest.ts";
import { propertiesOf } from "./known-fields.ts";
import { paramMeant } from "./other-words.ts";
import { member, quote, type Report } from "./report.ts";
import type { ActionForm } from "./action-form.ts";

const TOKEN = "${{";
/** Params that an action ignores: of each step so many are told, the others counted. */
const MOST_IGNORED = 20;

/**
 * Checks literal values against the action's input schema, with the coercions of its execution.
 * What holds `${{…}}` is not known yet and passes. Params that the action ignores are warnings.
 */
export function checkLiteralParams(
  params: JsonObject,
  place: { action: ActionForm; path: string; report: Report },
): void {
  const { action, path, report } = place;
  const before = report.errors.length;
  checkObject(action.input, params, path, { report, owner: action.name });
  for (const name of action.words ?? []) {
    const value = Object.hasOwn(params, name) ? params[name]! : null;
    if (typeof value !== "object" || value === null) continue;
    report.error(member(path, name), `must be a text, not ${article(kindOf(value))}`);
  }
  const told = report.errors.slice(before).map(({ path }) => path);
  for (const { param, rule, isDoubt } of action.mistaken?.(params) ?? []) {
    const at = `${path}.${param}`;
    if (isDoubt) report.warn(at, rule);
    else if (!told.some((path) => path === at)) report.error(at, rule);
  }
}

function kindOf(value: Json): string {
  return Array.isArray(value) ? "list" : "object";
}

interface Check {
  report: Report;
  owner: string;
}

function checkValue(schema: JsonObject, value: Json, path: string, check: Check): void {
  if (typeof value === "string" && value.includes(TOKEN)) return;
  const types = typesOf(schema);
  if (isObject(value) && types.includes("object")) return checkObject(schema, value, path, check);
  if (Array.isArray(value) && types.includes("array")) {
    const tooMany = countRule(schema, value);
    if (tooMany !== undefined) return check.report.error(path, tooMany);
    if (!isObject(schema.items)) return;
    for (const [i, item] of value.entries()) {
      if (item !== null) checkValue(schema.items, item, member(path, i), check);
    }
    return;
  }
  // Read as text, what holds a token is not known either.
  if (types.includes("string") && holdsToken(value)) return;
  const rule = brokenRule(schema, value);
  if (rule !== undefined) check.report.error(path, rule);
}

function checkObject(schema: JsonObject, value: JsonObject, path: string, check: Check): void {
  const tooMany = countRule(schema, value);
  if (tooMany !== undefined) return check.report.error(path, tooMany);
  const properties = propertiesOf(schema);
  const names = Object.keys(properties);
  const others = isObject(schema.additionalProperties) ? schema.additionalProperties : undefined;
  // A null counts as absent, unless any value will do.
  const isGiven = (name: string) =>
    Object.hasOwn(value, name) && (value[name] !== null || typesOf(properties[name]!).length === 0);
  const missing = ((schema.required ?? []) as string[]).filter((name) => !isGiven(name));
  const choices = alternatives(schema);
  if (choices.length > 0 && !choices.some(isGiven)) missing.push(choices[0]!);
  const mayHaveMore = Object.keys(value).some((key) => key.includes(TOKEN));
  if (!mayHaveMore) {
    for (const name of missing) {
      const others = Object.keys(value).filter((key) => !Object.hasOwn(properties, key));
      const word = others.find((key) => paramMeant(key, names) === name) ?? nearest(name, others);
      const meant = word === undefined ? "" : `; did you mean it by ${quote(word)}?`;
      check.report.error(member(path, name), `is required${meant}`);
    }
  }
  let ignored = 0;
  for (const [key, item] of Object.entries(value)) {
    if (key.includes(TOKEN)) continue;
    const rule = Object.hasOwn(properties, key) ? properties[key] : others;
    if (rule) {
      if (item !== null) checkValue(rule, item, member(path, key), check);
    } else if (schema.properties && ++ignored <= MOST_IGNORED) {
      const others = () => names.filter((name) => !Object.hasOwn(value, name));
      const word = paramMeant(key, names);
      const meant = word !== undefined && !Object.hasOwn(value, word)
        ? `; did you mean "${word}"?`
        : check.report.suggest(key, others);
      check.report.warn(member(path, key), `is ignored by ${quote(check.owner)}${meant}`);
    }
  }
  if (ignored > MOST_IGNORED) {
    const more = ignored - MOST_IGNORED;
    check.report.warn(path, `${more} more are ignored by ${quote(check.owner)}`);
  }
}

function holdsToken(value: Json): boolean {
  if (typeof value === "string") return value.includes(TOKEN);
  if (Array.isArray(value)) return value.some(holdsToken);
  return isObject(value) &&
    Object.entries(value).some(([key, item]) => key.includes(TOKEN) || holdsToken(item));
}
