// Where malformed JSON text breaks, or says one thing twice, as line and column.

import { LargeNumberError, parseJson } from "../core/exact-json.ts";
import type { Json } from "../core/json.ts";

/** `message` says what is wrong and where: `line 3, column 7: expected ","`. */
export class JsonTextError extends Error {
  readonly line: number;
  readonly column: number;
  /** `message` without the place. */
  readonly reason: string;

  constructor(text: string, position: number, expected: string) {
    const { line, column } = placeAt(text, position);
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

/** A key that one object has twice: which of the two is meant nobody can tell. */
export class TwiceError extends Error {
  override readonly name = "TwiceError";
}

function placeAt(text: string, position: number): { line: number; column: number } {
  const before = text.slice(0, position);
  return { line: before.split("\n").length, column: position - before.lastIndexOf("\n") };
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

/**
 * The same of a text that somebody wrote by hand; throws TwiceError, too, whose message is to be put
 * after a file's name.
 */
export function parseWrittenJson(text: string): Json {
  const value = parseJsonText(text);
  const json = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  const twice = keyTwice(json);
  if (twice === undefined) return value;
  const { line, column } = placeAt(json, twice.position);
  throw new TwiceError(
    `has the key ${
      JSON.stringify(twice.key)
    } twice in one object, the second time in line ${line} ` +
      `column ${column}: remove one of them`,
  );
}

/** The first key that its object has already, in a text that is JSON. */
function keyTwice(text: string): { key: string; position: number } | undefined {
  const reading = new Reading(text, true);
  while (reading.next() === undefined && reading.twice === undefined);
  return reading.twice;
}

const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\n\r]*/y;

/** Where a text stops being JSON, and what could stand there. */
interface Break {
  position: number;
  expected: string;
}

type Wanted = "value" | "value or ]" | "key" | "key or }" | ":" | "next";

/** Finds the first position at which the text stops being JSON. */
function locate(text: string): Break {
  const reading = new Reading(text);
  for (;;) {
    const found = reading.next();
    if (found) return found;
  }
}

/** A text that is read token by token. Keeps its own stack: depth is free. */
class Reading {
  readonly #text: string;
  readonly #open: ("{" | "[")[] = [];
  #at = 0;
  #want: Wanted = "value";
  /** The keys of each object that is open, in order, where they are minded. */
  readonly #keys: Set<string>[] | undefined;
  /** The first key that its object has already. */
  twice: { key: string; position: number } | undefined;

  constructor(text: string, mindsKeys = false) {
    this.#text = text;
    this.#keys = mindsKeys ? [] : undefined;
  }

  /** Reads one token; returns where the text breaks, if it does so here. */
  next(): Break | undefined {
    this.#skip(SPACE);
    const char = this.#text[this.#at];
    switch (this.#want) {
      case "next":
        return this.#behindValue(char);
      case ":":
        return char === ":" ? this.#take("value") : this.#break('":"');
      case "key":
      case "key or }":
        return this.#key(char, this.#want);
      default:
        return this.#value(char, this.#want);
    }
  }

  #behindValue(char: string | undefined): Break | undefined {
    const inside = this.#open.at(-1);
    if (inside === undefined) return this.#break("the end of the text");
    const close = inside === "{" ? "}" : "]";
    if (char === close) return this.#close();
    if (char === ",") return this.#take(inside === "{" ? "key" : "value");
    return this.#break(`"," or "${close}"`);
  }

  #key(char: string | undefined, want: "key" | "key or }"): Break | undefined {
    if (char === "}" && want === "key or }") return this.#close();
    if (char === '"') {
      const from = this.#at;
      const broken = this.#string(":");
      if (broken === undefined) this.#mind(from);
      return broken;
    }
    return this.#break(want === "key" ? "a key in double quotes" : 'a key or "}"');
  }

  /** Notes the key that begins at `from` and has just been read. */
  #mind(from: number): void {
    const keys = this.#keys?.at(-1);
    if (keys === undefined) return;
    const key = parseJson(this.#text.slice(from, this.#at)) as string;
    if (keys.has(key)) this.twice ??= { key, position: from };
    keys.add(key);
  }

  #value(char: string | undefined, want: "value" | "value or ]"): Break | undefined {
    if (char === "]" && want === "value or ]") return this.#close();
    if (char === "{" || char === "[") {
      this.#open.push(char);
      if (char === "{") this.#keys?.push(new Set());
      return this.#take(char === "{" ? "key or }" : "value or ]");
    }
    if (char === '"') return this.#string("next");
    if (!this.#skip(SCALAR)) return this.#break(want === "value" ? "a value" : 'a value or "]"');
    this.#want = "next";
    return undefined;
  }

  #string(then: Wanted): Break | undefined {
    for (this.#at++; this.#at < this.#text.length;) {
      const char = this.#text[this.#at]!;
      if (char === '"') return this.#take(then);
      if (char < " ") return this.#break("an escaped control character");
      if (char !== "\\") this.#at++;
      else if (!this.#skip(ESCAPE)) return this.#break("a valid escape sequence");
    }
    return this.#break("a closing double quote");
  }

  /** Takes one character; `then`: what is wanted behind it. */
  #take(then: Wanted): undefined {
    this.#at++;
    this.#want = then;
  }

  #close(): undefined {
    if (this.#open.pop() === "{") this.#keys?.pop();
    this.#take("next");
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #break(expected: string): Break {
    return { position: this.#at, expected };
  }
}
