// How values become the JSON text that is stored, within the size limit; secrets are masked before.

import { DEEPEST_VALUE, isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

export interface Encoder {
  /** Bytes of UTF-8 JSON that one step's output may have. */
  readonly maxOutput: number;
  /** JSON text of any value that is not a step's output. */
  text(value: Json): string;
  /** JSON text of a step's output; EXECUTION_ERROR when it is too large. */
  output(value: Json): string;
}

export function createEncoder({ maxOutput }: { maxOutput: number }): Encoder {
  const text = (value: Json) => JSON.stringify(value) ?? "null";
  return {
    maxOutput,
    text,
    output(value) {
      const encoded = text(value);
      // A UTF-16 unit is at most three bytes of UTF-8: only near the limit is counting needed.
      if (encoded.length * 3 <= maxOutput) return encoded;
      const bytes = Buffer.byteLength(encoded);
      if (bytes <= maxOutput) return encoded;
      throw new OpcodeError(
        "EXECUTION_ERROR",
        `output of ${bytes} bytes exceeds max_step_output of ${maxOutput} bytes`,
        { details: { bytes, limit: maxOutput, setting: "max_step_output", retryable: false } },
      );
    },
  };
}

/**
 * Throws EXECUTION_ERROR for a value nested so deep that writing and reading its text would take
 * seconds; to be asked before anything walks through the value.
 */
export function refuseDeep(value: Json): void {
  if (!isDeeperThan(value, DEEPEST_VALUE)) return;
  throw new OpcodeError(
    "EXECUTION_ERROR",
    `output is nested deeper than ${DEEPEST_VALUE} levels`,
    { details: { retryable: false } },
  );
}
