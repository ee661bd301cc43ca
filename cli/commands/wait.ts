// What `opcode wait RUN` does: follows a run that there is until it has ended or needs somebody.

import { isTerminal } from "../../core/status.ts";
import type { StatusReply } from "../../engine/api.ts";
import { BEGINNING, later } from "../../engine/store/event-id.ts";
import { allWaitLines } from "../child-waits.ts";
import type { CliContext } from "../context.ts";
import { endsByItself } from "../ends-by-itself.ts";
import { TIME_OVER } from "../exit-codes.ts";
import { followToEnd, tellLeft } from "../follow.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { printJson, printNote } from "../print.ts";
import { runIdOf } from "../run-id.ts";

/**
 * Shows what happens from now on, and the run's output, as `run` does. Returns `run`'s exit codes, or
 * TIME_OVER when it goes on after `timeout` milliseconds.
 */
export async function wait(
  context: CliContext,
  flags: { id: string; timeout?: number },
): Promise<number> {
  const over = new AbortController();
  const timer = flags.timeout === undefined
    ? undefined
    : setTimeout(() => over.abort(), flags.timeout);
  try {
    const id = await runIdOf(context.client, flags.id);
    return await waitFor(context, { id, over: over.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function waitFor(
  context: CliContext,
  { id, over }: { id: string; over: AbortSignal },
): Promise<number> {
  const { client, json } = context;
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  const now = await client.get(path) as unknown as StatusReply;
  /** Whether the suspension passes by itself; then it is said what for. */
  const passes = async (run: StatusReply) => {
    if (!await endsByItself(client, run)) return false;
    if (!json) {
      (await allWaitLines(client, run)).forEach(printNote);
      printNote("it goes on by itself then, and is waited for");
    }
    return true;
  };
  const isOver = isTerminal(now.status) || now.status === "suspended" && !await passes(now);
  const after = now.events.map((event) => event.id).reduce(later, BEGINNING);
  const end = isOver ? now : await followToEnd(context, { id, after, until: over, passes });
  if (end === undefined) {
    if (!over.aborted) return tellLeft(id);
    if (json) printJson(await client.get(path));
    else {
      printNote("the time of --timeout is over");
      tellLeft(id);
    }
    return TIME_OVER;
  }
  if (json) printJson(end);
  else tellOutcome(end, await allWaitLines(client, end));
  return exitCode(end.status);
}
