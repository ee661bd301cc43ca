// A request to the pool, from when it is asked to its answer.

import type { EvaluateOptions, ExpressionRequest } from "../../core/expression.ts";
import type { Party } from "../../core/fair-queue.ts";
import type { Json } from "../../core/json.ts";

export interface Job {
  party: Party;
  /** Its data is written as text when a thread is free for it: many wait with the same large value. */
  request: ExpressionRequest;
  /** Nobody waits for it any more. */
  isGivenUp: boolean;
  /** It came to no end in company. */
  isAlone: boolean;
  room: EvaluateOptions["room"];
  deadlineMs: number;
  resolve(value: Json): void;
  reject(error: unknown): void;
}
