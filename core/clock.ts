// What time it is, and how to be woken later; the simulator brings its own.

export interface Clock {
  /** Wall time in epoch milliseconds. */
  now(): number;
  /** A monotonic reading in milliseconds, for durations. */
  monotonic(): number;
  /** Calls `wake` once after `ms` (≥ 0; beyond 24.8 days too); the answer cancels it. */
  after(ms: number, wake: () => void): () => void;
}

/** setTimeout fires at once above this many milliseconds, so longer waits are chained. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, wake) {
    let timer: ReturnType<typeof setTimeout>;
    const arm = (left: number) => {
      const slice = Math.min(left, LONGEST_TIMEOUT);
      timer = setTimeout(() => (left > slice ? arm(left - slice) : wake()), slice);
    };
    arm(Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

/** Epoch milliseconds as RFC 3339 in UTC with milliseconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
