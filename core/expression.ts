// What is asked of an expression engine, by whoever cannot or must not evaluate in its own thread.

import { cut } from "./text.ts";
import type { OpcodeError } from "./errors.ts";
import type { Party } from "./fair-queue.ts";
import type { Json } from "./json.ts";

/**
 * `schema` is JSON Schema as JSON text, `pattern` a regular expression in RE2 syntax, `diagram` the
 * format of a picture.
 */
export type ExpressionEngine = "cel" | "jq" | "expr" | "schema" | "pattern" | "diagram";

export interface ExpressionRequest {
  engine: ExpressionEngine;
  source: string;
  /** What the expression sees, in the form that its engine takes. */
  data: Json;
  /**
   * `value`: the result. `all`: an array of all results, of an engine that has several. `boolean`:
   * the result, which must be one. `check`: nothing is evaluated; null for a source that compiles, of
   * Expr the names that it uses (`FreeName` of embed/expr).
   */
  mode: "value" | "all" | "boolean" | "check";
  /** The moment for which it is evaluated, epoch ms: what `now` of Expr and jq answers. */
  now?: number;
}

export interface EvaluateOptions {
  /** Requests of one party take turns with those of others. */
  party?: Party;
  /** How long the evaluation itself may take; 2 s when absent. */
  deadlineMs?: number;
  /** How much of the heap the answer may take, and what is said of one that would take more. */
  room?: { readonly bytes: number; refusal(bytes: number): Error } | undefined;
  /** Gives the request up: it ends with CANCELLED. */
  signal?: AbortSignal;
}

/**
 * Evaluates outside the caller's thread. VALIDATION_ERROR for a source that does not compile (with
 * `details {expression, line?, column?}`), EXECUTION_ERROR for one that fails or breaks a limit,
 * TIMEOUT_ERROR for one that takes too long; the last two with `details.retryable: false`.
 */
export type Evaluate = (request: ExpressionRequest, options?: EvaluateOptions) => Promise<Json>;

/** What became of a request. */
export type Answer = { ok: true; value: Json } | { ok: false; error: OpcodeError };

/** Thrown when what is to be computed has to wait for something: begin again once that is there. */
export class NotYet extends Error {}

/**
 * Thrown by an evaluation that would hold its thread for too long: whoever catches it lets `request`
 * be answered elsewhere, and evaluates again with the answer at hand.
 */
export class Elsewhere extends NotYet {
  readonly request: ExpressionRequest;
  constructor(request: ExpressionRequest) {
    super(`too much to evaluate here: ${cut(request.source, 100)}`);
    this.name = "Elsewhere";
    this.request = request;
  }
}

/** Thrown by what needs no evaluation but something else that is being made: `ready`, of itself. */
export class Preparing extends Elsewhere {
  readonly ready: Promise<void>;
  constructor(what: string, ready: Promise<void>) {
    super({ engine: "expr", source: what, data: null, mode: "check" });
    this.name = "Preparing";
    this.ready = ready;
  }
}
