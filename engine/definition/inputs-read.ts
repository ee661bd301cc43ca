// Which inputs the texts of a definition read, each by its whole name.

import { isObject, type Json, type JsonObject } from "../../core/json.ts";
import { parsePath, type Path } from "../interpolate/path.ts";

/** Members that are an expression as they stand; anywhere else only tokens read. */
const SOURCES = ["condition", "over", "filter", "expression"];
/** Of these the one that knows inputs by their bare names, as Expr does. */
const BARE_NAMES = "expression";

const STRING = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/.source;
const TOKEN = new RegExp(String.raw`\$\{\{((?:${STRING}|[^"'}]|\}(?!\}))*)\}\}`, "g");
/** What follows `inputs` and names one: `.x`, `?.x`, `.?x`, `."x"`, `["x"]`, `[?"x"]`; no method. */
const ACCESS = String.raw`\s*(?:\??\s*\.\s*\??\s*([A-Za-z_]\w*)(?!\w|\s*\()` +
  String.raw`|(?:\?\.|\.)?\s*\[\s*\??\s*(${STRING})\s*\]|\.\s*(${STRING}))`;
/** `"x" in inputs`, `inputs` with what names one, or as a whole; of a step `inputs` is the id. */
const READS = new RegExp(
  String.raw`(${STRING})\s+in\s+inputs\b(?!\s*(?:[.[]|\?\.))|` +
    String.raw`(?<![\w$]|\bsteps\s*\.\s*)inputs\b(?:${ACCESS})?|(\$env\b)|${STRING}`,
  "g",
);
const NAMES = /(?<![\w$.])[A-Za-z_]\w*/g;

/** The names, or undefined where something reads all inputs or computes which. */
export function inputsRead({ inputs = {}, ...rest }: JsonObject): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const defaults = isObject(inputs) ? Object.values(inputs) : [];
  return collect([rest, ...defaults], "", names) ? names : undefined;
}

/** Whether all that the value reads was named; `member`: what it is called where it stands. */
function collect(value: Json, member: string, names: Set<string>): boolean {
  if (typeof value === "string") return collectText(value, member, names);
  if (Array.isArray(value)) return value.every((item) => collect(item, "", names));
  if (!isObject(value)) return true;
  return Object.entries(value).every(([key, item]) =>
    collectText(key, "", names) && collect(item, key, names)
  );
}

function collectText(text: string, member: string, names: Set<string>): boolean {
  if (text.includes("${{")) {
    return Array.from(text.matchAll(TOKEN)).every(([, token]) =>
      collectPath(token!.trim(), names) || collectSource(token!, names)
    );
  }
  if (!SOURCES.includes(member)) return true;
  if (member === BARE_NAMES) { for (const [name] of text.matchAll(NAMES)) names.add(name); }
  return collectSource(text, names);
}

/** Of a plain path the names are what runs look for: all that follows the dot, or up to the next. */
function collectPath(token: string, names: Set<string>): boolean {
  let path: Path | null;
  try {
    path = parsePath(token);
  } catch {
    return false;
  }
  if (path === null) return false;
  if (path.namespace === "inputs") {
    names.add(path.segments[0]!.key);
    if (path.remainder !== null) names.add(path.remainder);
  }
  return true;
}

function collectSource(source: string, names: Set<string>): boolean {
  for (const [all, asked, name, inBrackets, quoted, env] of source.matchAll(READS)) {
    const literal = asked ?? inBrackets ?? quoted;
    if (literal !== undefined) names.add(literal.slice(1, -1).replace(/\\(.)/gs, "$1"));
    else if (name !== undefined) names.add(name);
    else if (env !== undefined || all.startsWith("inputs")) return false;
    // A text of jq may hold programs.
    else if (all.includes("\\(") && !collectSource(all.slice(1, -1), names)) return false;
  }
  return true;
}
