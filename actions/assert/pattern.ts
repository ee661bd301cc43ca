// How patterns from workflows are compiled: Go's syntax (RE2), matched in linear time.

import { OpcodeError } from "../../core/errors.ts";
import { Lru } from "../../core/lru.ts";

type Engine = typeof import("re2js").RE2JS;
export type Pattern = InstanceType<Engine>;

/** Characters of a pattern: compiling takes longer than matching. */
const LONGEST_PATTERN = 4_096;

/**
 * Characters of a text times characters of the pattern that searches it: matching is linear in
 * both, and nothing else happens meanwhile (at worst 16 ns for each, so about 4 s).
 */
const MOST_WORK = 2 ** 28;

let engine: Engine | undefined;
/** Instructions together, of some hundred bytes each: seven characters may stand for a thousand. */
const compiled = new Lru<Pattern>(256, 64 * 1024, (_, pattern) => pattern.programSize());

/** Loads the engine; answers undefined when it is there already, so that callers can stay sync. */
export function loadPatterns(): Promise<void> | undefined {
  if (engine) return undefined;
  return import("re2js").then((module) => {
    engine = module.RE2JS;
  });
}

/** The first text that the pattern matches, unanchored, after loadPatterns; undefined for none. */
export function firstMatch(
  { value, pattern }: { value: string; pattern: string },
): string | undefined {
  const matcher = compilePattern(pattern, "params.pattern").matcher(value);
  if (value.length * pattern.length > MOST_WORK) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `params.value: is too long to search for this pattern: their lengths multiplied must be at ` +
        `most ${MOST_WORK}`,
    );
  }
  return matcher.find() ? matcher.group()! : undefined;
}

/** The compiled pattern, after loadPatterns; VALIDATION_ERROR when it is none. */
export function compilePattern(source: string, path: string): Pattern {
  if (source.length > LONGEST_PATTERN) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `${path}: a pattern must have at most ${LONGEST_PATTERN} characters`,
    );
  }
  return compiled.get(source, () => {
    try {
      return engine!.compile(source);
    } catch (error) {
      const reason = (error as Error).message;
      throw new OpcodeError(
        "VALIDATION_ERROR",
        `${path}: is not a regular expression in RE2 syntax: ${reason}`,
      );
    }
  });
}
