// What is said while the place of the data cannot be reached, and how a run waits until it can.

import type { Clock } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";

/** It may be back in a moment; nothing was refused for what it is. */
export class StoreAway extends OpcodeError {
  constructor(message: string, cause: unknown) {
    super("BUSY", message, { details: { retry_after_ms: 1_000 }, cause });
  }
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/**
 * What `read` answers once the store is there: for what a run reads for its own sake, since nobody is
 * there who could be told to come again. A caller's own reads are refused instead.
 */
export async function patiently<T>(clock: Clock, read: () => Promise<T>): Promise<T> {
  for (let pause = FIRST_PAUSE_MS;; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    try {
      return await read();
    } catch (thrown) {
      if (!(thrown instanceof StoreAway)) throw thrown;
      await new Promise<void>((resolve) => clock.after(pause, resolve));
    }
  }
}
