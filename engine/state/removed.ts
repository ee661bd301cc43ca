// Whether what a run was made of has been removed, and what that means for whoever asks for it.

import { rfc3339 } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { goneSince } from "../store/retention-store.ts";
import type { RunRow } from "../store/store.ts";
import type { Marks } from "./marks.ts";

/** Since when its steps, events and values are gone, as RFC 3339; undefined while they are there. */
export function removedAt({ marks }: Pick<RunRow, "marks">): string | undefined {
  if (marks === null) return undefined;
  const at = goneSince(parseJson<Marks>(marks));
  return at === undefined ? undefined : rfc3339(at);
}

/** Throws CONFLICT for a run that nobody can go on with, or from, any more. */
export function refuseRemoved(run: Pick<RunRow, "id" | "marks" | "status">): void {
  const at = removedAt(run);
  if (at === undefined) return;
  throw new OpcodeError(
    "CONFLICT",
    `workflow "${run.id}" is ${run.status}, and retention has removed its steps and values at ` +
      `${at}: how it ended can be looked at, but nothing goes on with it or from it`,
    { details: { workflow_id: run.id, from: run.status, removed_at: at } },
  );
}
