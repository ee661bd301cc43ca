// How a command follows a run to its end or pause, and shows its steps on the way.

import { isTerminal } from "../core/status.ts";
import type { ErrorObject } from "../core/errors.ts";
import { isObject } from "../core/json.ts";
import type { EventReport, StatusReply } from "../engine/api.ts";
import { ApiError, NoDaemon, NotReached } from "./client.ts";
import type { CliContext } from "./context.ts";
import { INTERRUPTED } from "./exit-codes.ts";
import { hint } from "./hint.ts";
import { short } from "./short-id.ts";
import { printNote } from "./print.ts";
import { createProgress } from "./progress.ts";
import { startTicker } from "./ticker.ts";

const PAUSES: ReadonlySet<string> = new Set([
  "workflow_completed",
  "workflow_failed",
  "workflow_cancelled",
  "workflow_suspended",
  "workflow_interrupted",
]);

/** How a run ended, by the event that said so: all that is known of it once the daemon has gone. */
export interface SeenEnd extends Pick<StatusReply, "workflow_id" | "status" | "output"> {
  error?: ErrorObject;
  output_size?: number;
  steps?: undefined;
}

/**
 * The state in which the run ended or paused, by events after the one of the id `after`; a SeenEnd
 * when the daemon stopped before it could be asked; undefined when Ctrl-C came first. `first` is said
 * once Ctrl-C would be heard: who reads it may press it.
 */
export async function followToEnd(
  context: CliContext,
  { id, after = 0, first, until, passes = () => false }: {
    id: string;
    after?: number;
    first?: string | undefined;
    /** As Ctrl-C, once it is aborted. */
    until?: AbortSignal;
    /** Whether a suspension is followed through. */
    passes?: (run: StatusReply) => boolean | Promise<boolean>;
  },
): Promise<StatusReply | SeenEnd | undefined> {
  const progress = createProgress(process.stderr.isTTY === true);
  const gone = new AbortController();
  const leave = () => gone.abort();
  process.once("SIGINT", leave);
  if (until?.aborted) leave();
  until?.addEventListener("abort", leave);
  const ticker = context.json ? undefined : startTicker();
  if (first !== undefined) printNote(first);
  const read = async () => await context.client.get(`/api/v1/runs/${id}`) as unknown as StatusReply;
  const isOver = ({ status }: StatusReply) => isTerminal(status) || status === "suspended";
  try {
    for await (const event of context.client.follow(id, { signal: gone.signal, after })) {
      const line = context.json ? undefined : progress(event);
      ticker?.note(event);
      if (line !== undefined) ticker?.say(line);
      if (!PAUSES.has(event.event_type)) continue;
      // The log begins with the run: a pause in it may be over by now.
      const seen = seenEnd(event);
      const now = await read().catch((error) => {
        if (seen !== undefined && !gone.signal.aborted) return seen;
        throw error;
      });
      if (now.steps === undefined || isTerminal(now.status)) return now;
      if (isOver(now) && !await passes(now)) return now;
    }
    return gone.signal.aborted ? undefined : await read();
  } catch (error) {
    if (gone.signal.aborted) return undefined;
    const stopped = error instanceof NoDaemon ||
      (error instanceof ApiError && error.error.code === "BUSY");
    const why = stopped
      ? `the daemon has stopped; once it is back, run ${id} goes on or says what it waits for:\n` +
        `  ${hint("status", short(id))}`
      : `${(error as Error).message} (run ${id})`;
    // What the daemon refuses is its answer; all else is a daemon that is lost.
    const Lost = stopped || !(error instanceof ApiError) ? NotReached : Error;
    throw new Lost(why, { cause: error });
  } finally {
    ticker?.stop();
    process.off("SIGINT", leave);
    until?.removeEventListener("abort", leave);
    gone.abort();
  }
}

const ENDS: Partial<Record<EventReport["event_type"], StatusReply["status"]>> = {
  workflow_completed: "completed",
  workflow_failed: "failed",
  workflow_cancelled: "cancelled",
};

/** Undefined for what is not a run's end. */
function seenEnd(event: EventReport): SeenEnd | undefined {
  const { workflow_id, event_type, payload, payload_size } = event;
  const status = ENDS[event_type];
  if (status === undefined) return undefined;
  const { output, error } = (isObject(payload ?? null) ? payload : {}) as Partial<SeenEnd>;
  return {
    workflow_id,
    status,
    ...(output !== undefined && { output }),
    ...(payload_size !== undefined && { output_size: payload_size }),
    ...(error !== undefined && { error }),
  };
}

/** Says that the run goes on without whoever looked; returns the exit code. */
export function tellLeft(id: string): number {
  printNote(`run ${id} goes on; this follows it, this shows it, and this ends it:`);
  printNote(`  ${hint("wait", short(id))}`);
  printNote(`  ${hint("status", short(id))}`);
  printNote(`  ${hint("signal", short(id), "cancel")}`);
  return INTERRUPTED;
}
