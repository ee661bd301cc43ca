// What the pool and its threads say to each other.

import type { ErrorObject } from "../../core/errors.ts";
import type { ExpressionEngine, ExpressionRequest } from "../../core/expression.ts";
import type { JsonObject } from "../../core/json.ts";
import type { JsonPart } from "../../core/json-parts.ts";

/** A request whose data is JSON text: the thread that asks should be quick about it. */
export interface Work {
  engine: ExpressionEngine;
  source: string;
  mode: ExpressionRequest["mode"];
  data: string;
  now?: number;
}

/** What an evaluation came to. */
export type Outcome =
  /** In parts that are quick to read, so that a large one holds nobody up; `bytes` of heap it takes. */
  | { kind: "value"; parts: JsonPart<string>[]; bytes: number }
  | { kind: "error"; error: ErrorObject };

export type Said =
  /** The engine is loaded: what takes time from now on is the evaluation. */
  | { kind: "begun" }
  /** The outcome of a request, and how long the evaluation took. */
  | { kind: "done"; outcome: Outcome; ms: number }
  /** Those of requests that came together; null of one that has to come alone to have any. */
  | { kind: "all done"; outcomes: (Outcome | null)[] };

const NAMES: Partial<Record<ExpressionEngine, string>> = {
  schema: "the check by the schema",
  diagram: "the drawing",
};

/** How an error names what was asked. */
export function nameOf({ engine }: Pick<Work, "engine">): string {
  return NAMES[engine] ?? "the expression";
}

/** An error's details: a schema may be too long to be told again. */
export function detailsOf({ engine, source }: Pick<Work, "engine" | "source">): JsonObject {
  if (engine === "diagram") return { format: source, retryable: false };
  return engine === "schema" ? { retryable: false } : { expression: source, retryable: false };
}
