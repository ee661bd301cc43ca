// Where malformed JSON text breaks, as line and column.

import { LargeNumberError, parseJson } from "../core/exact-json.ts";
import type { Json } from "../core/json.ts";

/** `message` says what is wrong and where: `line 3, column 7: expected ","`. */
export class JsonTextError extends Error {
  readonly line: number;
  readonly column: number;
  /** `message` without the place. */
  readonly reason: string;

  constructor(text: string, position: number, expected: string) {
    const before = text.slice(0, position);
    const line = before.split("\n").length;
    const column = position - before.lastIndexOf("\n");
    const found = position < text.length
      ? JSON.stringify(String.fromCodePoint(text.codePointAt(position)!))
      : "the end of the text";
    const reason = `expected ${expected}, found ${found}`;
    super(`line ${line}, column ${column}: ${reason}`);
    this.reason = reason;
    this.name = "JsonTextError";
    this.line = line;
    this.column = column;
  }
}

/** `is not JSON: expected a value, found "x", line 3 column 7`: to be put after a file's name. */
export function notJson({ reason, line, column }: JsonTextError): string {
  return `is not JSON: ${reason}, line ${line} column ${column}`;
}

/** Parses JSON text (a leading byte order mark is skipped); throws JsonTextError. */
export function parseJsonText(text: string): Json {
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  try {
    return parseJson(json);
  } catch (thrown) {
    if (thrown instanceof LargeNumberError) {
      throw new JsonTextError(json, thrown.at, "a number that a double holds");
    }
    // V8 names the position in some of its messages only, so the text is read once more.
    const { position, expected } = locate(json);
    throw new JsonTextError(json, position, expected);
  }
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

/** Finds the first position at which the text stops being JSON. Keeps its own stack: depth is free. */
function locate(text: string): { position: number; expected: string } {
  const open: ("{" | "[")[] = [];
  let at = 0;
  let want: "value" | "value or ]" | "key" | "key or }" | ":" | "next" = "value";
  const skip = (pattern: RegExp) => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  while (true) {
    skip(SPACE);
    const char = text[at];
    if (want === "next") {
      const inside = open.at(-1);
      if (inside === undefined) return { position: at, expected: "the end of the text" };
      const close = inside === "{" ? "}" : "]";
      if (char === close) open.pop();
      else if (char === ",") want = inside === "{" ? "key" : "value";
      else return { position: at, expected: `"," or "${close}"` };
      at++;
    } else if (want === ":") {
      if (char !== ":") return { position: at, expected: '":"' };
      want = "value";
      at++;
    } else if (want === "key" || want === "key or }") {
      if (char === "}" && want === "key or }") {
        open.pop();
        want = "next";
        at++;
      } else if (char !== '"') {
        return {
          position: at,
          expected: want === "key" ? "a key in double quotes" : 'a key or "}"',
        };
      } else {
        const bad = skipString();
        if (bad) return bad;
        want = ":";
      }
    } else if (char === "]" && want === "value or ]") {
      open.pop();
      want = "next";
      at++;
    } else if (char === "{" || char === "[") {
      open.push(char);
      want = char === "{" ? "key or }" : "value or ]";
      at++;
    } else if (char === '"') {
      const bad = skipString();
      if (bad) return bad;
      want = "next";
    } else if (skip(SCALAR)) want = "next";
    else return { position: at, expected: want === "value" ? "a value" : 'a value or "]"' };
  }

  function skipString(): { position: number; expected: string } | undefined {
    for (at++; at < text.length;) {
      const char = text[at]!;
      if (char === '"') {
        at++;
        return;
      }
      if (char < " ") return { position: at, expected: "an escaped control character" };
      if (char !== "\\") at++;
      else if (!skip(ESCAPE)) return { position: at, expected: "a valid escape sequence" };
    }
    return { position: at, expected: "a closing double quote" };
  }
}
