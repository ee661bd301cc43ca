// What whoever comes to a store is told that is closed, or about to be.

import { OpcodeError } from "../../core/errors.ts";

/** What comes after the close comes too late, and is no fault of the store. */
export function closedError(): OpcodeError {
  return new OpcodeError("BUSY", "the daemon is stopping", { details: { retry_after_ms: 1_000 } });
}
