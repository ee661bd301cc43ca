// What a CEL expression comes to for certain, as far as its text alone tells.

import { celSource } from "./cel-source.ts";

/** Longer ones are not looked at: nothing is certain of them. */
const LONGEST = 2_000;

/** Parentheses around the whole that are taken off. */
const MOST_WRAPS = 8;

const BOOLEAN_CALL = /^has\(\)$|\.(?:startsWith|endsWith|contains|matches|exists|all)\(\)$/;

/** The value of an expression that is the literal `true` or `false`. */
export function constantOf(expression: string): boolean | undefined {
  const text = unwrapped(celSource(expression));
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** Whether the expression yields a boolean, unless it fails. False also says that it may. */
export function isSurelyBoolean(expression: string): boolean {
  const text = bareText(expression);
  if (text === undefined) return false;
  if (text === "true" || text === "false") return true;
  const top = topLevel(text);
  // A conditional has the type of its branches; `?` also marks what is optional.
  if (top === undefined || top.includes("?")) return false;
  if (/[=!<>]=|[<>]|&&|\|\||\sin\b/.test(top)) return true;
  if (/[-+*/%]/.test(top)) return false;
  return top.startsWith("!") || BOOLEAN_CALL.test(top);
}

/** What the expression yields instead of a boolean, where its text alone tells. */
export function surelyOther(expression: string): string | undefined {
  const text = bareText(expression);
  if (text === undefined) return undefined;
  if (text === '""') return "a text";
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return "a number";
  if (text === "null") return "null";
  const top = topLevel(text);
  if (top === undefined || /[?=!<>&|]|\sin\s/.test(top)) return undefined;
  if (top === "[]") return text.startsWith("[") ? "a list" : "an object";
  // What is joined or computed is a number, a text, a list or a time.
  return /[\w)\]"]\s*[-+*/%]\s*[\w(["-]/.test(top) ? "no such value" : undefined;
}

/** What is left of it without the contents of its texts; undefined where these cannot be told apart. */
function bareText(expression: string): string | undefined {
  const source = celSource(expression);
  // Other quotes than plain ones, and comments, are not taken apart.
  if (source.length > LONGEST || /"""|\'\'\'|\b[rRbB]{1,2}["']|\/\//.test(source)) return undefined;
  return unwrapped(withoutTexts(source));
}

/** The source with each plain text in it empty. */
export function withoutTexts(source: string): string {
  return source.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
}

function unwrapped(source: string): string {
  let text = source.trim();
  for (let i = 0; i < MOST_WRAPS && topLevel(text) === "()"; i++) text = text.slice(1, -1).trim();
  return text;
}

/** The text with `()` in the place of all that is in brackets; undefined when they do not match. */
function topLevel(text: string): string | undefined {
  let depth = 0;
  let top = "";
  for (const sign of text) {
    if ("([{".includes(sign)) depth++;
    else if (")]}".includes(sign)) {
      if (--depth < 0) return undefined;
      if (depth === 0) top += sign === ")" ? "()" : "[]";
    } else if (depth === 0) top += sign;
  }
  return depth === 0 ? top.trim() : undefined;
}
