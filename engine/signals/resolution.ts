// What the answer to a question is, once it has been found to be one.

import type { JsonObject } from "../../core/json.ts";

/** An answer to a question, as it becomes the output of its step. */
export type Resolution = {
  choice: string;
  reasoning?: string;
  data?: JsonObject;
  resolved_by: string;
};
