// How a string with `${{…}}` tokens is taken apart.

import type { Json } from "../../core/json.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { CelScope } from "../../embed/cel/scope.ts";
import { malformed } from "./errors.ts";
import { parsePath, type Path } from "./path.ts";

/** A token that computes: CEL over the same scope. */
export interface Computed {
  kind: "cel";
  expression: string;
  program: { evaluate(scope: CelScope): Json };
}

export type Token = Path | Computed;

/** Literal text and tokens in order; a lone token keeps the type of its value. */
export interface Template {
  parts: (string | Token)[];
}

/** What turns the text of a token that is no path into a program; throws OpcodeError. */
export type CelCompiler = (source: string) => Computed["program"];

const OPEN = "${{";

/**
 * Parses a string; null when it holds no token. Tokens do not nest and there is no escape:
 * INTERPOLATION_ERROR for one that is nested, empty, unclosed, or neither a path nor valid CEL.
 */
export function parseTemplate(text: string, compileCel?: CelCompiler): Template | null {
  if (!text.includes(OPEN)) return null;
  return parseParts(text, compileCel, (problem) => {
    throw problem;
  });
}

/** Parses what can be parsed: tokens that parseTemplate refuses are handed over and left out. */
export function parseParts(
  text: string,
  compileCel: CelCompiler | undefined,
  onProblem: (problem: OpcodeError) => void,
): Template {
  const parts: (string | Token)[] = [];
  const attempt = <Result>(parse: () => Result): Result | undefined => {
    try {
      return parse();
    } catch (thrown) {
      if (!(thrown instanceof OpcodeError)) throw thrown;
      onProblem(thrown);
      return undefined;
    }
  };
  let at = 0;
  for (let open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, at)) {
    if (open > at) parts.push(text.slice(at, open));
    const close = attempt(() => findClose(text, open + OPEN.length));
    if (close === undefined) return { parts };
    const inside = text.slice(open + OPEN.length, close).trim();
    const token = attempt(() => parseToken(inside, compileCel));
    if (token) parts.push(token);
    at = close + 2;
  }
  if (at < text.length) parts.push(text.slice(at));
  return { parts };
}

/** Position of the first `}}` outside quotes. */
function findClose(text: string, start: number): number {
  let quote = "";
  for (let i = start; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== "") {
      if (char === "\\") i++;
      else if (char === quote) quote = "";
    } else if (char === "'" || char === '"') {
      quote = char;
    } else if (char === "}" && text[i + 1] === "}") {
      return i;
    } else if (char === "$" && text.startsWith(OPEN, i)) {
      throw malformed(text.slice(start, i).trim(), 'a token cannot hold another "${{"');
    }
  }
  const inside = text.slice(start).trim();
  throw malformed(inside, quote === "" ? 'the closing "}}" is missing' : `unclosed ${quote}`);
}

function parseToken(expression: string, compileCel: CelCompiler | undefined): Token {
  if (expression === "") throw malformed(expression, "the token is empty");
  const path = parsePath(expression);
  if (path) return path;
  if (!compileCel) throw malformed(expression, "not a path");
  try {
    return { kind: "cel", expression, program: compileCel(loopAsIter(expression)) };
  } catch (thrown) {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    throw malformed(
      expression,
      `neither a path nor a valid expression: ${thrown.message}`,
      thrown.details,
    );
  }
}

/** `loop` is a reserved word of CEL; outside string literals it means `iter`, as long. */
function loopAsIter(source: string): string {
  return source.replace(
    /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\bloop\b(?<!\.\s*loop)/g,
    (match) => match === "loop" ? "iter" : match,
  );
}
