// What time it is, and how to be woken later; the simulator brings its own.

export interface Clock {
  /** Wall time in epoch milliseconds. */
  now(): number;
  /** A monotonic reading in milliseconds, for durations. */
  monotonic(): number;
  /** Calls `wake` once after `ms` (≥ 0; beyond 24.8 days too); the answer cancels it. */
  after(ms: number, wake: () => void): () => void;
  /**
   * Calls back within a second each time that the wall clock was set or the machine has slept, which
   * no timer notices; the answer ends that.
   */
  onJump(heard: () => void): () => void;
}

/** What two readings, one after the other, may differ without a jump, in ms. */
export const JUMP_MS = 100;
/** How often the two clocks are compared: two readings each time. */
const COMPARE_MS = 500;

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
  onJump(heard) {
    let known = Date.now() - performance.now();
    const comparing = setInterval(() => {
      const found = Date.now() - performance.now();
      if (Math.abs(found - known) < JUMP_MS) return;
      known = found;
      heard();
    }, COMPARE_MS);
    // Whether the process goes on is not for this to decide.
    comparing.unref();
    return () => clearInterval(comparing);
  },
};

/** Epoch milliseconds as RFC 3339 in UTC with milliseconds. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString();
}
