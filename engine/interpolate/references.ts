// Which steps a JSON value's tokens mention, and which of its tokens are malformed.

import { OpcodeError } from "../../core/errors.ts";
import { isObject, type Json } from "../../core/json.ts";
import { type CelCompiler, parseTemplate, type Token } from "./parse.ts";

/** Ids of the steps mentioned anywhere in the value, in order of appearance, each once. */
export function stepReferences(value: Json): string[] {
  const ids = new Set<string>();
  for (const token of tokensOf(value)) {
    if (token.kind === "cel") {
      for (const id of celStepReferences(token.expression)) ids.add(id);
    } else if (token.namespace === "steps") {
      ids.add(token.segments[0]!.key);
    }
  }
  return [...ids];
}

/** Ids of the steps that a CEL source mentions as `steps.id` or `steps['id']`. */
export function celStepReferences(source: string): string[] {
  const ids = new Set<string>();
  const mention =
    /(?<![.\w])steps\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*(?:"([^"\\]+)"|'([^'\\]+)')\s*\])/g;
  for (const [, name, double, single] of source.matchAll(mention)) {
    ids.add((name ?? double ?? single)!);
  }
  return [...ids];
}

/** Whether the value holds a token that is no plain path, so that compiling it takes CEL. */
export function needsCel(value: Json): boolean {
  for (const token of tokensOf(value)) if (token.kind === "cel") return true;
  return false;
}

export interface TemplateProblem {
  /** Where in the value: `headers.Authorization`, `items[0].url`; empty for the value itself. */
  path: string;
  message: string;
}

/** Lists the strings (keys included) whose tokens are malformed, for checks at define time. */
export function checkTemplates(value: Json, compileCel?: CelCompiler): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  for (const { path, text } of stringsOf(value, "")) {
    try {
      parseTemplate(text, compileCel);
    } catch (thrown) {
      if (!(thrown instanceof OpcodeError)) throw thrown;
      problems.push({ path, message: thrown.message });
    }
  }
  return problems;
}

/** Well-formed tokens; computed ones are taken as they are, without compiling them. */
function* tokensOf(value: Json): Generator<Token> {
  const uncompiled = { evaluate: () => null };
  for (const { text } of stringsOf(value, "")) {
    let parts: (string | Token)[];
    try {
      parts = parseTemplate(text, () => uncompiled)?.parts ?? [];
    } catch (thrown) {
      if (!(thrown instanceof OpcodeError)) throw thrown;
      continue;
    }
    for (const part of parts) if (typeof part !== "string") yield part;
  }
}

function* stringsOf(value: Json, path: string): Generator<{ path: string; text: string }> {
  if (typeof value === "string") {
    yield { path, text: value };
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield* stringsOf(value[i]!, `${path}[${i}]`);
  } else if (isObject(value)) {
    for (const key of Object.keys(value)) {
      const below = path === "" ? key : `${path}.${key}`;
      yield { path: below, text: key };
      yield* stringsOf(value[key]!, below);
    }
  }
}
