// What the pool and its threads say to each other.

import type { ErrorObject } from "../../core/errors.ts";
import type { ExpressionEngine, ExpressionRequest } from "../../core/expression.ts";
import type { Json } from "../../core/json.ts";

/** A request whose data is JSON text: the thread that asks should be quick about it. */
export interface Work {
  engine: ExpressionEngine;
  source: string;
  mode: ExpressionRequest["mode"];
  data: string;
}

export type Said =
  /** The engine is loaded: what takes time from now on is the evaluation. */
  | { kind: "begun" }
  | { kind: "value"; value: Json }
  | { kind: "error"; error: ErrorObject };
