// What a jq program reads of its document, as far as its beginning tells.
//
// Only what is evaluated with the whole document as `.` can read of it; behind a `|` it cannot be
// reached again. What is understood there are paths from the root, operators, lists, objects, texts,
// conditions and a few functions that do not look at `.`; a program with anything else reads all.

import type { Reads } from "../reads.ts";
import { Cursor } from "./cursor.ts";

export function readsOfJq(source: string): Reads {
  const reader = new Reader(source);
  try {
    reader.program();
    return reader.reads;
  } catch (thrown) {
    if (thrown instanceof Unclear) return "all";
    throw thrown;
  }
}

/** It may read whatever there is. */
class Unclear extends Error {}

/** Functions that give the same whatever `.` is; those in the second list take arguments. */
const CONSTANTS = new Set(["null", "true", "false", "empty", "now", "nan", "infinite"]);
const OF_ARGUMENTS = new Set(["range", "limit", "first", "last", "isempty", "error"]);

/** What ends a part of a condition. */
const ENDS = new Set(["then", "elif", "else", "end"]);

/** Longer ones first. What assigns answers the document itself. */
const OPERATOR = /\/\/(?!=)|[=!<>]=|[<>]|[-+*/%](?!=)|(?:and|or)\b/y;
/** Numbers, variables, formats and fields: what looks like a word in them is none. */
const NO_WORD = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[$@]\w+|\.\.|\.\w+/y;
/** How deep parts may nest in each other. */
const MOST_NESTED = 100;

class Reader {
  readonly reads = new Map<string, Set<string> | "all">();
  readonly #text: Cursor;
  #depth = 0;

  constructor(source: string) {
    this.#text = new Cursor(source);
  }

  program(): void {
    this.#pipe();
    if (!this.#text.atEnd) throw new Unclear();
  }

  #pipe(): void {
    do {
      if (this.#operands() === "bound") break;
    } while (this.#text.takes(","));
    // What comes behind it sees what comes before it.
    if (this.#text.takes(/\|(?!=)/y)) this.#rest(/[;)\]}]/y);
  }

  /** Terms with operators between them; `bound`: a variable was, and all behind that has been read. */
  #operands(): "bound" | "read" {
    do {
      this.#term();
      if (this.#text.takes(/as\b/y)) {
        if (!this.#text.takes(/\$\w+\s*\|(?!=)/y)) throw new Unclear();
        this.#pipe();
        return "bound";
      }
    } while (this.#text.takes(OPERATOR));
    return "read";
  }

  #term(): void {
    this.#descend();
    const text = this.#text;
    while (text.takes("-"));
    if (text.takes("(")) this.#closed(")");
    else if (text.takes("[")) {
      if (!text.takes("]")) this.#closed("]");
    } else if (text.takes("{")) this.#object();
    else if (text.takes('"')) this.#string();
    else if (text.takes(/\d+(?:\.\d*)?(?:[eE][-+]?\d+)?/y) || text.takes(/\$\w+/y)) {
      /* as it is */
    } else if (text.takes(/\.(?=[\["A-Za-z_])/y)) this.#path();
    else this.#word();
    this.#suffixes();
    this.#depth--;
  }

  #descend(): void {
    if (++this.#depth > MOST_NESTED) throw new Unclear();
  }

  /** A path from the root, its dot read: a variable, and perhaps a member of it. */
  #path(): void {
    const variable = this.#name();
    if (variable === undefined) throw new Unclear();
    while (this.#text.takes("?"));
    const { place } = this.#text;
    const member = this.#text.takes(".") || this.#text.sees("[") ? this.#name() : undefined;
    if (member === undefined) this.#text.place = place;
    this.#add(variable, member);
  }

  /** `x`, `"x"` or `["x"]`, behind a dot or in place of one; undefined, and nothing read, if it is none. */
  #name(): string | undefined {
    const { place } = this.#text;
    const word = this.#text.takes(/[A-Za-z_]\w*/y);
    if (word !== undefined) return word;
    const inBrackets = this.#text.takes("[") !== undefined;
    const text = this.#text.takes(/"[^"\\]*"/y);
    if (text !== undefined && (!inBrackets || this.#text.takes("]"))) return text.slice(1, -1);
    this.#text.place = place;
    return undefined;
  }

  #suffixes(): void {
    const text = this.#text;
    for (;;) {
      if (text.takes(/\?(?!\/\/)/y) || text.takes(/\.[A-Za-z_]\w*/y)) continue;
      if (text.takes(/\.\s*"/y)) this.#string();
      else if (text.takes(/\.?\s*\[/y)) this.#index();
      else return;
    }
  }

  /** What stands in it sees the document too. */
  #index(): void {
    if (this.#text.takes("]")) return;
    if (!this.#text.takes(":")) {
      this.#pipe();
      if (!this.#text.takes(":")) return this.#expect("]");
      if (this.#text.takes("]")) return;
    }
    this.#closed("]");
  }

  #object(): void {
    const text = this.#text;
    if (text.takes("}")) return;
    do {
      const word = text.takes(/[A-Za-z_]\w*/y);
      if (text.takes(/\$\w+/y)) {
        if (!text.sees(/[,}]/y)) throw new Unclear();
        continue;
      }
      if (word === undefined) {
        if (text.takes("(")) this.#closed(")");
        else {
          this.#expect('"');
          this.#string();
        }
      }
      if (text.takes(":")) this.#member();
      // `{x}` is `{x: .x}`.
      else if (word !== undefined) this.#add(word, undefined);
      else throw new Unclear();
    } while (text.takes(","));
    this.#expect("}");
  }

  #member(): void {
    do this.#term(); while (this.#text.takes(OPERATOR));
    if (this.#text.takes(/\|(?!=)/y)) this.#rest(/[,}]/y);
  }

  #word(): void {
    const text = this.#text;
    const word = text.takes(/[a-z_]\w*/y);
    if (word === "if") return this.#condition();
    if (word === "try") {
      this.#term();
      if (text.takes(/catch\b/y)) this.#term();
    } else if (word !== undefined && OF_ARGUMENTS.has(word) && text.takes("(")) {
      do this.#pipe(); while (text.takes(";"));
      this.#expect(")");
    } else if (word === undefined || !CONSTANTS.has(word) || text.sees("(")) throw new Unclear();
  }

  /** Without an `else` it may answer the document itself. */
  #condition(): void {
    do {
      this.#pipe();
      this.#expect(/then\b/y);
      this.#pipe();
    } while (this.#text.takes(/elif\b/y));
    this.#expect(/else\b/y);
    this.#pipe();
    this.#expect(/end\b/y);
  }

  /** The rest of a string, its first quote read. */
  #string(): void {
    while (!this.#text.takesRaw('"')) {
      if (this.#text.takesRaw("\\(")) this.#closed(")");
      else if (!this.#text.takesRaw(/\\[^(]|[^"\\]+/y)) throw new Unclear();
    }
  }

  #closed(end: string): void {
    this.#pipe();
    this.#expect(end);
  }

  #expect(what: string | RegExp): void {
    if (this.#text.takes(what) === undefined) throw new Unclear();
  }

  /** Passes over what does not see the document, up to what ends it. */
  #rest(end: RegExp): void {
    this.#descend();
    const text = this.#text;
    let conditions = 0;
    while (!text.atEnd && !(conditions === 0 && text.sees(end))) {
      if (text.takes(/[([{]/y)) {
        this.#rest(/[)\]}]/y);
        this.#expect(/[)\]}]/y);
      } else if (text.takes('"')) this.#restOfString();
      else if (text.takes(NO_WORD)) continue;
      else {
        const { place } = text;
        const word = text.takes(/\w+/y);
        if (word === "def") throw new Unclear();
        if (word === "if") conditions++;
        else if (word === "end" && conditions > 0) conditions--;
        else if (conditions === 0 && word !== undefined && ENDS.has(word)) {
          text.place = place;
          break;
        } else if (word === undefined && !text.takes(/[^\s\w"()[\]{}#]/y)) throw new Unclear();
      }
    }
    this.#depth--;
  }

  #restOfString(): void {
    while (!this.#text.takesRaw('"')) {
      if (this.#text.takesRaw("\\(")) {
        this.#rest(/\)/y);
        this.#expect(")");
      } else if (!this.#text.takesRaw(/\\[^(]|[^"\\]+/y)) throw new Unclear();
    }
  }

  #add(variable: string, member: string | undefined): void {
    const known = this.reads.get(variable);
    if (member === undefined || known === "all") this.reads.set(variable, "all");
    else if (known) known.add(member);
    else this.reads.set(variable, new Set([member]));
  }
}
