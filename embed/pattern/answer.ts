// What a pattern first matches in a text: Go's syntax (RE2), in linear time; at once where that is quick.

import { OpcodeError } from "../../core/errors.ts";
import type { ExpressionRequest } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";
import { Lru } from "../../core/lru.ts";
import { patternCost } from "./cost.ts";

type Engine = typeof import("re2js").RE2JS;
type Pattern = InstanceType<Engine>;
type Request = Pick<ExpressionRequest, "source" | "mode">;

/** Characters of a pattern: compiling takes longer than matching. */
const LONGEST_PATTERN = 4_096;

/**
 * Parts of the pattern times characters of the text that are searched at once: matching is linear
 * in both, at worst some 20 ns for each.
 */
const INLINE_WORK = 2 ** 19;
/** Parts of a pattern that is compiled at once. */
const INLINE_PARTS = 1_024;

let engine: Engine | undefined;
const compiled = new Lru<Pattern>(256, 256 * 1024);

/** In a thread of its own: the first text that is matched, unanchored, or null for none. */
export async function answerPattern(work: Request & { data: string }): Promise<Json> {
  await load();
  return match(work, work.mode === "check" ? "" : JSON.parse(work.data) as string);
}

/** The same in this thread, if it is little to do, else what `elsewhere` answers. */
export function answerPatternAtOnce(
  request: Request & { data: Json },
  elsewhere: () => Promise<Json>,
): Json | Promise<Json> {
  const text = String(request.data);
  const parts = patternCost(request.source);
  if (parts > INLINE_PARTS || parts * text.length > INLINE_WORK) {
    // One that is too long is refused at once.
    if (request.source.length <= LONGEST_PATTERN) return elsewhere();
  }
  const loading = load();
  return loading ? loading.then(() => match(request, text)) : match(request, text);
}

function load(): Promise<void> | undefined {
  if (engine) return undefined;
  return import("re2js").then((module) => {
    engine = module.RE2JS;
  });
}

function match({ source, mode }: Request, text: string): Json {
  const pattern = compile(source);
  if (mode === "check") return null;
  const matcher = pattern.matcher(text);
  return matcher.find() ? matcher.group()! : null;
}

function compile(source: string): Pattern {
  if (source.length > LONGEST_PATTERN) {
    throw new OpcodeError(
      "VALIDATION_ERROR",
      `a pattern must have at most ${LONGEST_PATTERN} characters`,
    );
  }
  return compiled.get(source, () => {
    try {
      return engine!.compile(source);
    } catch (error) {
      const reason = (error as Error).message;
      throw new OpcodeError(
        "VALIDATION_ERROR",
        `is not a regular expression in RE2 syntax: ${reason}`,
      );
    }
  });
}
