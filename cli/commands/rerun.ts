// What `opcode rerun` does: does a run again, as it was started, and shows how it goes on.

import type { RunReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { runIdOf } from "../run-id.ts";
import { tellStarted } from "../started.ts";

export async function rerun(
  context: CliContext,
  { id: text, key, wait }: {
    id: string;
    key?: string | undefined;
    /** False: do not wait for the end. */
    wait?: boolean | undefined;
  },
): Promise<number> {
  const id = await runIdOf(context.client, text, context.signature);
  const started = await context.client.post(`/api/v1/runs/${encodeURIComponent(id)}/rerun`, {
    ...context.signature,
    ...(key !== undefined && { idempotency_key: key }),
  });
  return await tellStarted(context, started as unknown as RunReply, { key, wait });
}
