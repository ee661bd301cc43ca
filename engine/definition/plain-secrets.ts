// Whether a text of a definition is a secret in the clear, which everyone sees who reads the template.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { NAMESPACES } from "../interpolate/path.ts";
import { MASK } from "../secrecy/masker.ts";
import { childLists } from "./children.ts";
import { member, type Report } from "./report.ts";
import type { StepDefinition, WorkflowDefinition } from "./types.ts";

/** Secrets that a report tells of one step: the others are found when these are mended. */
const MOST_TOLD = 20;
/** Characters of a text that are looked at. */
const MOST_SEARCHED = 64 * 1024;
/** Of one that is a secret by its name: longer ones are prose. */
const MOST_BY_NAME = 200;

/** Texts that are a secret by their form, and what it may be called. */
const FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bgh[opsur]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}/, "GITHUB_TOKEN"],
  [/\bglpat-[\w-]{20,}/, "GITLAB_TOKEN"],
  [/\bxox[a-z]-[A-Za-z0-9-]{10,}/, "SLACK_TOKEN"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/, "AWS_ACCESS_KEY"],
  [/\bAIza[\w-]{35}/, "GOOGLE_API_KEY"],
  [/\b[sr]k-(?=[\w-]{0,60}\d)[\w-]{20,}|\b[sr]k_(?:live|test)_\w{16,}/, "API_KEY"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/, "ACCESS_TOKEN"],
  [/-----BEGIN (?:[A-Z]+ ){0,3}PRIVATE KEY-----/, "PRIVATE_KEY"],
  [/\b(?:Bearer|Basic|Token)\s{1,3}[\w.~+/=-]{20,}/i, "API_TOKEN"],
  [/\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/?#]{0,100}:[^\s@/${}]{1,200}@/i, "PASSWORD"],
  [/[?&](?:api_?key|access_?token|token|password|secret)=[^&\s${}]{8,200}/i, "API_KEY"],
];
/** Members that hold a secret by their name. */
const NAMES =
  /^(?:[\w-]{0,40}[_-])?(?:api[_-]?key|(?:access|secret|private)[_-]?key|client[_-]?secret|(?:access|auth|api|bearer|refresh|bot)?[_-]?token|pass(?:word|wd)|pwd|secret|(?:proxy-)?authorization)$/i;

/** What is read, where a text may be a path as it stands. */
const PATH = new RegExp(`^(?:${[...NAMESPACES, "iter"].join("|")})[.[]`);

/** Warns of those around the steps, without showing one. */
export function checkPlainSecrets(definition: WorkflowDefinition, report: Report): void {
  const { inputs, context, metadata } = definition;
  checkValue(inputs, "inputs", report);
  checkValue(context, "context", report, OUT);
  checkValue(metadata, "metadata", report, OUT);
}

/** Warns of those in the step itself, not of those in the steps inside it. */
export function checkStepsSecrets(step: StepDefinition, path: string, report: Report): void {
  checkValue(step.condition, `${path}.condition`, report, OUT);
  checkValue(step.params, `${path}.params`, report);
  checkValue(ownConfig(step), `${path}.config`, report, OUT);
}

/** No secret belongs there in any form. */
const OUT = { mayHold: false };

/** The config without the steps in it. */
function ownConfig(step: StepDefinition): JsonObject | undefined {
  const inside = childLists(step);
  if (inside.length === 0 || !step.config) return step.config;
  const own = { ...step.config };
  for (const { where } of inside) delete own[where[0]!];
  return own;
}

/** `mayHold`: whether a token of a secret may stand there. */
function checkValue(
  value: Json | undefined,
  path: string,
  report: Report,
  { mayHold = true } = {},
): void {
  let told = 0;
  const visit = (item: Json, at: () => string, key: string): void => {
    if (told >= MOST_TOLD) return;
    if (typeof item === "string") {
      const name = secretIn(item, key);
      if (name === undefined) return;
      told++;
      report.warn(
        at(),
        "looks like a secret in plain text, which everyone sees who reads the template or its " +
          (mayHold
            ? `events: store it by "opcode secret set ${name}" and write \${{secrets.${name}}} for it`
            : `events: take it out; one that is stored by "opcode secret set ${name}" is read in ` +
              `params, as \${{secrets.${name}}}`),
      );
    } else if (Array.isArray(item)) {
      item.forEach((one, i) => visit(one, () => member(at(), i), ""));
    } else if (isObject(item)) {
      for (const [name, one] of Object.entries(item)) visit(one, () => member(at(), name), name);
    }
  };
  if (value !== undefined) visit(value, () => path, "");
}

/** Members of a template that hold a secret's name, which is no secret. */
const HOLD_NAMES = [["triggers", "webhook", "secret"], ["triggers", "notify", "secret"]]
  .map((at) => JSON.stringify(at));

/** The value with each such text masked. `at`: the names of the members that lead to it, from the template. */
export function withoutPlainSecrets(value: Json, at: readonly string[]): Json {
  if (typeof value === "string") {
    const key = HOLD_NAMES.includes(JSON.stringify(at)) ? "" : at.at(-1) ?? "";
    return secretIn(value, key) === undefined ? value : MASK;
  }
  if (Array.isArray(value)) return value.map((item) => withoutPlainSecrets(item, at));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withoutPlainSecrets(item, [...at, name])]),
  );
}

/** What the secret may be called; undefined where the text is none. */
function secretIn(text: string, key: string): string | undefined {
  const searched = text.slice(0, MOST_SEARCHED);
  const form = FORMS.find(([pattern]) => pattern.test(searched));
  if (form) return form[1];
  // What holds a token, or spells a variable, is not there yet.
  const isGiven = text !== "" && text.length <= MOST_BY_NAME && !/[${}<>\s]/.test(text) &&
    !PATH.test(text);
  if (!isGiven || !NAMES.test(key)) return undefined;
  const name = key.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase().replace(/\W/g, "_");
  return /AUTHORIZATION$/.test(name) ? "API_TOKEN" : name;
}
