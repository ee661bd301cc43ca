// How a source is cut into tokens.

import { Fault } from "./errors.ts";
import { unescapeBytes, unescapeText } from "./literals.ts";

export type TokenKind = "name" | "number" | "string" | "bytes" | "operator" | "bracket" | "end";

export interface Token {
  kind: TokenKind;
  /** As written; of strings what they mean. */
  value: string;
  at: number;
}

const SPACE = /[\p{White_Space}]+/uy;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const WORD = /[\p{L}_$][\p{L}\p{Nd}_$]*/uy;
const NUMBER =
  /(?:0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|[0-9][0-9_]*)(?:\.(?!\.)[0-9_]*)?(?:[eE][+-]?[0-9_]*)?|\.[0-9][0-9_]*(?:[eE][+-]?[0-9_]*)?/y;
const WORD_CHARACTER = /[\p{L}\p{Nd}_$]/uy;
const OPERATOR = /\?\.|\?\?|\*\*|&&|\|\||[!=<>]=|\.\.|::|[?:.,;%+\-^*/|!<>=#]/y;
const QUOTED = /b?(?:"(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')/y;
const RAW = /`(?:[^`]|``)*`/y;

/** Words that are operators, not names. */
const WORD_OPERATORS = new Set([
  "not",
  "in",
  "or",
  "and",
  "matches",
  "contains",
  "startsWith",
  "endsWith",
  "let",
  "if",
  "else",
]);

/** The tokens of a source, the last of them `end`; throws a Fault at what is none. */
export function lex(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  while (at < source.length) {
    const blank = take(SPACE) ?? take(COMMENT);
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const token = next(source, at, take);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: "end", value: "", at: source.length });
  return tokens;
}

function next(
  source: string,
  at: number,
  take: (pattern: RegExp) => string | undefined,
): { token: Token; length: number } {
  let text: string | undefined;
  const made = (kind: TokenKind, value = text!) => ({
    token: { kind, value, at },
    length: text!.length,
  });
  if ((text = take(QUOTED)) !== undefined) {
    if (text.startsWith("b")) return made("bytes", unescapeBytes(text.slice(2, -1), at + 2));
    return made("string", unescapeText(text.slice(1, -1), at + 1));
  }
  if ((text = take(RAW)) !== undefined) {
    return made("string", text.slice(1, -1).replaceAll("``", "`"));
  }
  if ((text = take(WORD)) !== undefined) {
    return made(WORD_OPERATORS.has(text) ? "operator" : "name");
  }
  if ((text = take(NUMBER)) !== undefined) {
    WORD_CHARACTER.lastIndex = at + text.length;
    if (WORD_CHARACTER.test(source)) throw new Fault(`"${text}" is no number here`, at);
    return made("number");
  }
  const first = source[at]!;
  if ("([{}])".includes(first)) {
    text = first;
    return made("bracket");
  }
  if (source.startsWith("/*", at)) throw new Fault("the comment has no end", at);
  if ((text = take(OPERATOR)) !== undefined) return made("operator");
  if (`"'\``.includes(first)) throw new Fault("the text has no closing quote", at);
  throw new Fault(`"${String.fromCodePoint(source.codePointAt(at)!)}" has no meaning here`, at);
}
