// What the runs wait for that a run waits for: its children, and theirs.

import type { StatusReply } from "../engine/api.ts";
import { ApiError, type Client } from "./client.ts";
import type { SeenEnd } from "./follow.ts";
import { visible } from "./print.ts";
import { short } from "./short-id.ts";
import { waitLines } from "./waits.ts";

/** Children of one run that are looked at, and generations. */
const MOST_CHILDREN = 5;
const MOST_DEEP = 5;

/**
 * What keeps the run from going on, with what keeps its children; empty when nothing does, and for one
 * of which only the end was seen.
 */
export async function allWaitLines(client: Client, run: StatusReply | SeenEnd): Promise<string[]> {
  return run.steps === undefined
    ? []
    : [...waitLines(run), ...await ofChildren(client, run, MOST_DEEP)];
}

async function ofChildren(client: Client, run: StatusReply, deep: number): Promise<string[]> {
  const waiting = Object.values(run.steps).filter(({ status, child_workflow_id }) =>
    status === "suspended" && child_workflow_id !== undefined
  );
  const lines: string[] = [];
  for (const { step_id, child_workflow_id } of deep > 0 ? waiting.slice(0, MOST_CHILDREN) : []) {
    const child = await stateOf(client, child_workflow_id!);
    if (child?.status !== "suspended") continue;
    const own = waitLines(child).map((line) => `  ${line}`);
    lines.push(`run ${short(child.workflow_id)}, for which ${visible(step_id)} waits:`, ...own);
    lines.push(...await ofChildren(client, child, deep - 1));
  }
  return lines;
}

/** Undefined for a run that whoever asks may not see. */
export async function stateOf(client: Client, id: string): Promise<StatusReply | undefined> {
  try {
    return await client.get(`/api/v1/runs/${encodeURIComponent(id)}`) as unknown as StatusReply;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
