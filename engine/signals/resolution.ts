// What the answer to a question is, once it has been found to be one.

import type { JsonObject } from "../../core/json.ts";
import type { Via } from "../../core/via.ts";

/** An answer to a question; all but `via` becomes the output of its step. */
export type Resolution = {
  choice: string;
  reasoning?: string;
  data?: JsonObject;
  resolved_by: string;
  /** By which way it came; absent of one that nobody gave. */
  via?: Via;
};
