// Whether a text of a definition is a secret in the clear, which everyone sees who reads the template.

import { isObject, type Json } from "../../core/json.ts";
import { MASK } from "../secrecy/masker.ts";
import { member, type Report } from "./report.ts";

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

/** Warns of each such text of the value, without showing it. */
export function checkPlainSecrets(value: Json | undefined, path: string, report: Report): void {
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
          `events: store it by "opcode secret set ${name}" and write \${{secrets.${name}}} for it`,
      );
    } else if (Array.isArray(item)) {
      item.forEach((one, i) => visit(one, () => member(at(), i), ""));
    } else if (isObject(item)) {
      for (const [name, one] of Object.entries(item)) visit(one, () => member(at(), name), name);
    }
  };
  if (value !== undefined) visit(value, () => path, "");
}

/** The value with each such text masked. `key`: the name of the member that holds it. */
export function withoutPlainSecrets(value: Json, key: string): Json {
  if (typeof value === "string") return secretIn(value, key) === undefined ? value : MASK;
  if (Array.isArray(value)) return value.map((item) => withoutPlainSecrets(item, key));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, withoutPlainSecrets(item, name)]),
  );
}

/** What the secret may be called; undefined where the text is none. */
function secretIn(text: string, key: string): string | undefined {
  const searched = text.slice(0, MOST_SEARCHED);
  const form = FORMS.find(([pattern]) => pattern.test(searched));
  if (form) return form[1];
  // What holds a token, or spells a variable, is not there yet.
  const isGiven = text !== "" && text.length <= MOST_BY_NAME && !/[${}<>\s]/.test(text);
  if (!isGiven || !NAMES.test(key)) return undefined;
  const name = key.replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase().replace(/\W/g, "_");
  return /AUTHORIZATION$/.test(name) ? "API_TOKEN" : name;
}
