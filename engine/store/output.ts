// Where a step's or run's output is found: in the payload of the event that its row points to.

import { parseJson } from "../../core/exact-json.ts";

/** JSON text of the `output` in an event's payload; null when there is none. */
export function outputOf(payload: string | null): string | null {
  if (payload === null) return null;
  const parsed: unknown = parseJson(payload);
  if (typeof parsed !== "object" || parsed === null || !("output" in parsed)) return null;
  return JSON.stringify(parsed.output);
}
