// Whether a text names an input, a step or a secret that is there, without being a token.

import type { JsonObject } from "../../core/json.ts";

/** What can be read by a name alone. */
export interface Readable {
  isInput(name: string): boolean;
  isStep(id: string): boolean;
}

export interface Bare {
  found: string;
  mended: string;
}

/** The path of a step after its id: what it gave, or how it went. */
const OF_STEP = String.raw`\.(?:output|status|error)(?![\w-])` +
  String.raw`(?:\.[A-Za-z_][\w-]{0,99}|\[\s*(?:\d{1,9}|'[^']{0,99}'|"[^"]{0,99}")\s*\]){0,20}`;
const ID = String.raw`[A-Za-z_][\w-]{0,200}`;
/** `$id.output…` and the like of other languages: `${…}`, `{{…}}`, `{…}`, `$(…)`, `<%= … %>`. */
const STEP_PATH = new RegExp(
  String.raw`(?<![\w$\\{])(?:\$[{(]?|\{\{?-?|<%[=-]?)\s*\$?(${ID})(${OF_STEP})` +
    String.raw`(?:\s*(?:-?\}\}?|\)|-?%>))?`,
  "g",
);
/** The same without any mark, as all of a text. */
const WHOLE_STEP_PATH = new RegExp(String.raw`^\s*(${ID})(${OF_STEP})\s*$`);

/**
 * The path of a step that is there, in the marks of another language or, as the whole text, in none.
 * `params` as of `namedToken`.
 */
export function stepPath(
  text: string,
  names: Readable,
  { isWhole, params }: { isWhole: boolean; params: JsonObject | undefined },
): Bare | undefined {
  const whole = isWhole ? WHOLE_STEP_PATH.exec(text) : null;
  let left = MOST_NAMES;
  for (const [found, id, path] of whole ? [whole] : text.matchAll(STEP_PATH)) {
    if (left-- === 0) return undefined;
    if (!names.isStep(id!) || (!whole && params && isDeclaredIn(params, id!))) continue;
    return { found: found.trim(), mended: `\${{steps.${id}${path}}}` };
  }
  return undefined;
}

/** `$name`, `${name}`, `{{name}}`; `$name` neither calls, nor is it set or declared there. */
const NAMED =
  /(?<![\w$\\])(?:\$([A-Za-z_]\w*)(?![\w({[]|\s*[:=])|\$\{\s*([A-Za-z_][\w-]*)\s*\}|\{\{\s*([A-Za-z_][\w-]*)\s*\}\})/g;
/** Names of one text, and of one step, for which a declaration is looked for: each costs a search. */
const MOST_NAMES = 20;
/** The whole text as a path. */
const PATH = /^\s*((inputs|steps)\.([A-Za-z_][\w-]*)((?:[.[][\w.[\]'"-]{0,200})?))\s*$/;
const SECRET = /(?<![\w.$-])secrets\.([A-Z][A-Z0-9_]*)(?![\w.-])/;

/** `{name}`, `#{name}`, `@{name}`, and `/:name` of a URL; of `{a}{b}` and `x{name}` the first is none. */
const BRACED = /(?<![\w${}\\])[#@%]?\{([A-Za-z_][\w-]*)\}(?!\})|(?<=\/):([A-Za-z_]\w*)(?![\w:])/g;
/** Braces around anything but a name: those of code, JSON or a query language. */
const OTHER_BRACES = /\{(?![A-Za-z_][\w-]*\})|(?<!\{[\w-]*)\}/;

/** The first of these that names an input or a step, in a text in which braces are for nothing else. */
export function bracedName(text: string, names: Readable): Bare | undefined {
  const isText = !OTHER_BRACES.test(text.replace(/\$\{\{[^{}]*\}\}/g, ""));
  let left = MOST_NAMES;
  for (const [found, braced, segment] of text.matchAll(BRACED)) {
    const name = (braced ?? segment)!;
    if ((braced !== undefined && !isText) || left-- === 0) continue;
    if (names.isInput(name)) return { found, mended: `\${{inputs.${name}}}` };
    if (braced !== undefined && names.isStep(name)) {
      return { found, mended: `\${{steps.${name}.output}}` };
    }
  }
  return undefined;
}

/** Whether the text may hold what `bareToken` finds, which has no sign of a token. */
export function mayBeBare(text: string): boolean {
  return /^\s*(?:(?:inputs|steps)\.|[A-Za-z_][\w-]{0,200}\.(?:output|status|error))/.test(text) ||
    text.includes("secrets.") || text.includes("/:");
}

/**
 * The first that names what is there. `params`: of a step that runs a program, which may set or be
 * given variables of the same name.
 */
export function namedToken(text: string, names: Readable, params?: JsonObject): Bare | undefined {
  const seen = new Set<string>();
  for (const [found, ...groups] of text.matchAll(NAMED)) {
    const name = groups.find((group) => group !== undefined)!;
    const mended = names.isInput(name)
      ? `\${{inputs.${name}}}`
      : names.isStep(name)
      ? `\${{steps.${name}.output}}`
      : undefined;
    if (mended === undefined || seen.has(name)) continue;
    if (seen.add(name).size > MOST_NAMES) return undefined;
    if (params ? isDeclaredIn(params, name) : isDeclared(name, text)) continue;
    return { found, mended };
  }
  return undefined;
}

/** What is known of the params of a step: there may be hundreds of thousands of texts in them. */
const known = new WeakMap<JsonObject, { text: string; declared: Map<string, boolean> }>();

function isDeclaredIn(params: JsonObject, name: string): boolean {
  let of = known.get(params);
  if (!of) known.set(params, of = { text: spelt(params), declared: new Map() });
  let answer = of.declared.get(name);
  if (answer === undefined) {
    answer = of.declared.size >= MOST_NAMES || isDeclared(name, of.text);
    of.declared.set(name, answer);
  }
  return answer;
}

/** As one text, in which the ends of lines are no letters. */
function spelt(params: JsonObject): string {
  return JSON.stringify(params).replace(/\\[nrt]/g, " ");
}

/** Whether it is a variable of the text itself: of a shell, of jq, of a query language. */
function isDeclared(name: string, text: string): boolean {
  const variable =
    String.raw`(?<![\w$])(?:${name}=|for\s+${name}\b|--arg(?:json)?\\?[\s",]+${name}\b` +
    String.raw`|read\s[^|;&]{0,80}\b${name}\b|"${name}":)|\$${name}\s*[:=]|\bas\s+\$${name}\b`;
  return new RegExp(variable).test(text);
}

/** A path that is all of a text, or a secret's anywhere in it. */
export function barePath(text: string, names: Readable, isWhole: boolean): Bare | undefined {
  const secret = SECRET.exec(text);
  if (secret) return { found: secret[0], mended: `\${{${secret[0]}}}` };
  const [, path, namespace, name, rest] = isWhole ? PATH.exec(text) ?? [] : [];
  if (path === undefined) return undefined;
  const isThere = namespace === "inputs"
    ? names.isInput(name!)
    : rest !== "" && names.isStep(name!);
  return isThere ? { found: path, mended: `\${{${path}}}` } : undefined;
}
