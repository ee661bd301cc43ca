// Where a step's or run's output is found: in the payload of the event that its row points to.

/** JSON text of the `output` in an event's payload; null when there is none. */
export function outputOf(payload: string | null): string | null {
  if (payload === null) return null;
  const parsed: unknown = JSON.parse(payload);
  if (typeof parsed !== "object" || parsed === null || !("output" in parsed)) return null;
  return JSON.stringify(parsed.output);
}
