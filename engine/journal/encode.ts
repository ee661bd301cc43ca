// How values become the JSON text that is stored: masked, and within the size limit.

import { DEEPEST_VALUE, isDeeperThan } from "../../core/depth.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

/** Replaces what must not be stored; the identity while nothing needs hiding. */
export type Mask = (value: Json) => Json;

export interface Encoder {
  /** Bytes of UTF-8 JSON that one step's output may have. */
  readonly maxOutput: number;
  /** JSON text of any value that is not a step's output. */
  text(value: Json): string;
  /** JSON text of a step's output; EXECUTION_ERROR when it is too large or too deep. */
  output(value: Json): string;
}

/** An encoder that hides what `mask` replaces. */
export function createEncoder(options: { mask: Mask; maxOutput: number }): Encoder {
  const text = (value: Json) => {
    const encoded = JSON.stringify(options.mask(value));
    return encoded === undefined ? "null" : encoded;
  };
  return {
    maxOutput: options.maxOutput,
    text,
    output(value) {
      // Before it is written: text of a very deep value takes seconds to make and to read.
      if (isDeeperThan(value, DEEPEST_VALUE)) {
        throw new OpcodeError(
          "EXECUTION_ERROR",
          `output is nested deeper than ${DEEPEST_VALUE} levels`,
          { details: { retryable: false } },
        );
      }
      const encoded = text(value);
      // A UTF-16 unit is at most three bytes of UTF-8: only near the limit is counting needed.
      if (encoded.length * 3 > options.maxOutput) {
        const bytes = Buffer.byteLength(encoded);
        if (bytes > options.maxOutput) {
          throw new OpcodeError(
            "EXECUTION_ERROR",
            `output of ${bytes} bytes exceeds max_step_output of ${options.maxOutput} bytes`,
            { details: { bytes, limit: options.maxOutput, retryable: false } },
          );
        }
      }
      return encoded;
    },
  };
}
