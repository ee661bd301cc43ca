// How the patterns of `matches` are compiled: Go's syntax (RE2), matched in linear time.

import { RE2JS } from "re2js";
import { Lru } from "../../core/lru.ts";
import { foresee, spend } from "./budget.ts";
import { Fault } from "./errors.ts";

/** Characters of a pattern: compiling takes longer than matching. */
const LONGEST = 4_096;
const CACHED = 256;
/** Milliseconds for each character of a text times each of its pattern, at worst. */
const COST = 2e-5;

/** Instructions of what is kept, some hundred bytes each: seven characters may stand for a thousand. */
const CACHED_INSTRUCTIONS = 64 * 1024;
const compiled = new Lru<RE2JS>(CACHED, CACHED_INSTRUCTIONS, (_, pattern) => pattern.programSize());

/** Throws a Fault when the source is no pattern. */
export function compilePattern(source: string, at: number): RE2JS {
  return compiled.get(source, () => {
    if (source.length > LONGEST) {
      throw new Fault(`a pattern has at most ${LONGEST.toLocaleString("en")} characters`, at);
    }
    spend(source.length);
    try {
      return RE2JS.compile(source);
    } catch (thrown) {
      throw new Fault(`the pattern is not in RE2 syntax: ${(thrown as Error).message}`, at);
    }
  });
}

/** Whether the pattern matches anywhere in the text. */
export function matches(text: string, { source, at }: { source: string; at: number }): boolean {
  const pattern = compilePattern(source, at);
  foresee(text.length * Math.min(source.length, 100) * COST);
  const found = pattern.matcher(text).find();
  spend(1 + (text.length >> 1));
  return found;
}
