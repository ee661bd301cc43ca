// How the patterns of `matches` are compiled: Go's syntax (RE2), matched in linear time.

import { RE2JS } from "re2js";
import { Lru } from "../../core/lru.ts";
import { patternCost } from "../pattern/cost.ts";
import { spend } from "./budget.ts";
import { Fault } from "./errors.ts";

/** Characters of a pattern: compiling takes longer than matching. */
const LONGEST = 4_096;
const CACHED = 256;
/** Steps for each character of a text times each of its pattern, at worst. */
const COST = 0.4;
/** Steps for each part of a pattern: most are compiled once, and matched many times. */
const PART = 4;

/** Instructions of what is kept, some hundred bytes each: seven characters may stand for a thousand. */
const CACHED_INSTRUCTIONS = 64 * 1024;
const compiled = new Lru<RE2JS>(CACHED, CACHED_INSTRUCTIONS, (_, pattern) => pattern.programSize());

/** Throws a Fault when the source is no pattern. */
export function compilePattern(source: string, at: number): RE2JS {
  // Also of one that is known: what a run may do does not depend on what others did before.
  spend(PART * patternCost(source));
  return compiled.get(source, () => {
    if (source.length > LONGEST) {
      throw new Fault(`a pattern has at most ${LONGEST.toLocaleString("en")} characters`, at);
    }
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
  // Before, as nothing can interrupt it.
  spend(1 + Math.ceil(text.length * Math.min(source.length, 100) * COST));
  return pattern.matcher(text).find();
}
