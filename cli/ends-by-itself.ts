// Whether a suspended run goes on without anybody: all that it waits for has a time at which it ends.

import type { StatusReply } from "../engine/api.ts";
import { stateOf } from "./child-waits.ts";
import type { Client } from "./client.ts";

/** Generations of children that are looked at; what is below them counts as in need of somebody. */
const MOST_DEEP = 5;

/**
 * A question that has a deadline ends then, by its fallback or by failing; a signal that has one, and
 * a pause, likewise. What waits for a run ends as that run does.
 */
export async function endsByItself(
  client: Client,
  run: StatusReply,
  deep = MOST_DEEP,
): Promise<boolean> {
  if (run.poisoned || run.interrupted || run.timed_out) return false;
  if (run.pending_decisions.some(({ timeout_at }) => typeof timeout_at !== "string")) return false;
  const isOpen = ({ step_id }: { step_id: string }) => run.steps[step_id]?.due_at === undefined;
  if (run.waiting_signals?.some(isOpen)) return false;
  for (const { status, child_workflow_id } of Object.values(run.steps)) {
    if (status !== "suspended" || child_workflow_id === undefined) continue;
    const child = deep > 0 ? await stateOf(client, child_workflow_id) : undefined;
    if (child === undefined) return false;
    if (child.status !== "suspended") continue;
    if (!await endsByItself(client, child, deep - 1)) return false;
  }
  return true;
}
