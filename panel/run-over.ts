// Whether a run has come to its end.

const OVER: readonly string[] = ["completed", "failed", "cancelled"];

/** `status`: the run's. */
export function isOver(status: string): boolean {
  return OVER.includes(status);
}
