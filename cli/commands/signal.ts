// What `opcode signal RUN TYPE` does: answers, cancels, retries or skips, and tells what came of it.

import type { JsonObject } from "../../core/json.ts";
import type { EventReport, SignalReply, StatusReply, WaitingSignal } from "../../engine/api.ts";
import { MOST_ROWS } from "../../engine/contract/query.ts";
import { SIGNAL_TYPES } from "../../engine/contract/signal.ts";
import { BEGINNING, type EventId, later } from "../../engine/store/event-id.ts";
import { isTerminal } from "../../core/status.ts";
import type { CliContext } from "../context.ts";
import { followToEnd, tellLeft } from "../follow.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { pages } from "../pages.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { createProgress } from "../progress.ts";
import { runIdOf } from "../run-id.ts";
import { UsageError } from "../usage-error.ts";
import { allWaitLines } from "../child-waits.ts";
import { programLines } from "../waits.ts";

export interface SignalFlags {
  id: string;
  type: string | undefined;
  step?: string;
  decision?: string;
  choice?: string;
  payload?: JsonObject;
  reasoning?: string;
}

export async function signal(context: CliContext, flags: SignalFlags): Promise<number> {
  const { type = "" } = flags;
  if (!(SIGNAL_TYPES as readonly string[]).includes(type)) {
    const got = type === "" ? "" : `, got "${type}"`;
    throw new UsageError(`TYPE: must be one of ${SIGNAL_TYPES.join(", ")}${got}`);
  }
  for (const name of ["choice", "decision"] as const) {
    if (flags[name] !== undefined && flags.type !== "decision") {
      throw new UsageError(`--${name}: is only of a decision, not of ${flags.type}`);
    }
  }
  if (flags.step !== undefined && flags.type === "cancel") {
    throw new UsageError("--step: is not of cancel, which ends the whole run; skip ends one step");
  }
  if (flags.choice !== undefined && flags.payload?.choice !== undefined) {
    throw new UsageError("--choice and the choice in --payload: give one of them");
  }
  const payload = {
    ...flags.payload,
    ...(flags.choice !== undefined && { choice: flags.choice }),
  };
  const id = await runIdOf(context.client, flags.id, context.signature);
  const after = await lastEvent(context, id);
  const reply = await context.client.post(`/api/v1/runs/${encodeURIComponent(id)}/signal`, {
    signal_type: type,
    ...context.signature,
    payload,
    ...(flags.step !== undefined && { step_id: flags.step }),
    ...await decisionOf(context, id, flags),
    ...(flags.reasoning !== undefined && { reasoning: flags.reasoning }),
  }) as unknown as SignalReply;
  const end = reply.waiting
    ? await followToEnd(context, { id, after })
    : await ended(context, { id, after });
  if (end === undefined) return tellLeft(id);
  const { status, output, error } = end;
  const told = {
    ...reply,
    ...(reply.status && { status }),
    ...(output !== undefined && { output }),
    // It has been waited for.
    ...(reply.status && reply.waiting && isTerminal(status) && { waiting: false }),
  };
  if (context.json) printJson({ ...told, ...(error && { error }) });
  else {
    const waits = await allWaitLines(context.client, end);
    // That it was cancelled is what was asked for, and no error.
    const asked = flags.type === "cancel" && status === "cancelled";
    const { error: why = error, ...bare } = told;
    tell({ ...bare, ...(why && !asked && { error: why }) }, waits);
  }
  // A cancelled run is what `cancel` was asked for.
  return flags.type === "cancel" || !told.status ? 0 : exitCode(status);
}

/**
 * The question that is answered: the one that is named, or else the only one that the run has asked at
 * all, so that an answer that is given twice does not meet the next one.
 */
async function decisionOf(
  { client }: CliContext,
  workflow_id: string,
  { type, step, decision }: SignalFlags,
): Promise<{ decision_id?: string }> {
  if (decision !== undefined) return { decision_id: decision };
  if (type !== "decision" || step !== undefined) return {};
  const { decisions } = await client.get("/api/v1/decisions", { workflow_id, limit: "2" });
  const asked = decisions as JsonObject[];
  return asked.length === 1 ? { decision_id: String(asked[0]!.decision_id ?? asked[0]!.id) } : {};
}

/** The state of a run that does not go on, once what the signal brought about has been shown. */
async function ended(
  { client, json }: CliContext,
  { id, after }: { id: string; after: EventId },
): Promise<StatusReply> {
  if (!json) {
    const progress = createProgress(process.stderr.isTTY === true);
    const query = { workflow_id: id, after_id: String(after), limit: String(MOST_ROWS) };
    for await (const { events } of pages(client, "/api/v1/events", query)) {
      for (const event of events as unknown as EventReport[]) {
        const line = progress(event);
        if (line !== undefined) printNote(line);
      }
    }
  }
  return await client.get(`/api/v1/runs/${encodeURIComponent(id)}`) as unknown as StatusReply;
}

/** The event after which those of the signal come. */
async function lastEvent({ client }: CliContext, id: string): Promise<EventId> {
  const run = await client.get(`/api/v1/runs/${encodeURIComponent(id)}`) as unknown as StatusReply;
  return run.events.map((event) => event.id).reduce(later, BEGINNING);
}

function tell(reply: SignalReply, waits: string[]): void {
  const { status } = reply;
  for (const warning of reply.warnings ?? []) printNote(`warning: ${visible(warning)}`);
  for (const line of programLines(reply.programs ?? [])) printNote(line);
  for (const line of doneLines(reply)) printNote(line);
  if (reply.kept) tellKept(reply.kept);
  else if (reply.met?.length === 0) tellUnmet(reply);
  else if (reply.hint !== undefined) printNote(visible(reply.hint));
  if (status === undefined) return printLine(`accepted: ${reply.signal_type}`);
  tellOutcome({ ...reply, status }, waits);
}

/** What the signal has done, which is done whatever becomes of the run. */
function doneLines({ skipped, read_by, still_failed }: SignalReply): string[] {
  const ids = (list: string[]) => list.map(visible).join(", ");
  return [
    ...(skipped === undefined ? [] : [`skipped: ${visible(skipped)}`]),
    ...(read_by ? [`its output, which is null now, is read by: ${ids(read_by)}`] : []),
    ...(still_failed
      ? [`failed before, and to be skipped or retried too: ${ids(still_failed)}`]
      : []),
  ];
}

function tellKept(ids: string[]): void {
  printNote(`kept: taken once the wait begins: ${ids.map(visible).join(", ")}`);
}

/** A signal that met nothing may be misspelt, early, or an answer to something else. */
function tellUnmet({ hint, waiting_signals = [], rerun = [] }: SignalReply): void {
  if (hint !== undefined) printNote(`met no wait: ${visible(hint)}`);
  else if (waiting_signals.length === 0 && rerun.length === 0) printNote("met no wait");
  waiting_signals.forEach(tellWait);
}

function tellWait({ step_id, signal }: WaitingSignal): void {
  printNote(`met no wait: ${visible(step_id)} waits for the signal ${visible(signal)}`);
}
