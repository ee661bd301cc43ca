// How a command shows a run that it has started: followed to its end, or by its id alone.

import type { RunReply } from "../engine/api.ts";
import { allWaitLines } from "./child-waits.ts";
import type { CliContext } from "./context.ts";
import { followToEnd, tellLeft } from "./follow.ts";
import { hint } from "./hint.ts";
import { exitCode, tellOutcome } from "./outcome.ts";
import { printJson, printLine, printNote, visible } from "./print.ts";
import { short } from "./short-id.ts";
import { shownTime } from "./times.ts";

/** `key`: under which it was asked for; `wait` false: not followed. Returns the exit code. */
export async function tellStarted(
  context: CliContext,
  started: RunReply,
  { key, wait }: { key?: string | undefined; wait?: boolean | undefined },
): Promise<number> {
  const id = started.workflow_id;
  if (!context.json) {
    if (started.replayed) {
      printNote(`--key ${visible(key!)} has a run already: nothing new is started`);
    }
    for (const warning of started.warnings ?? []) printNote(`warning: ${visible(warning)}`);
  }
  if (!context.json && started.waits_for) {
    printNote(`waits for ${started.waits_for.join(" and ")}: it begins when a run there has ended`);
  }
  if (wait === false || started.start_at !== undefined) {
    if (context.json) printJson(started);
    else {
      printLine(id);
      // Programs read the id alone.
      if (process.stderr.isTTY) printNote(`this follows it: ${hint("wait", short(id))}`);
    }
    // It has ended by now, and not well: the exit code alone says nothing of why.
    if (!context.json && exitCode(started.status) !== 0) {
      const { output: _, output_size: __, ...rest } = started;
      tellOutcome(rest, []);
    }
    if (started.start_at !== undefined) printNote(`begins ${shownTime(started.start_at)}`);
    return exitCode(started.status);
  }
  const first = context.json ? undefined : `started: run ${id}`;
  const end = await followToEnd(context, { id, first });
  if (end === undefined) return tellLeft(id);
  if (context.json) {
    printJson({
      ...end,
      ...(started.replayed && { replayed: true }),
      ...(started.warnings && { warnings: started.warnings }),
    });
  } // The line of the step that failed has told why.
  else {
    const error = end.error?.step_id === undefined ? end.error : undefined;
    const waits = await allWaitLines(context.client, end);
    tellOutcome({ ...end, error, cause: end.error }, waits);
  }
  return exitCode(end.status);
}
