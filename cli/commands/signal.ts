// What `opcode signal RUN TYPE` does: answers, cancels, retries or skips, and tells what came of it.

import type { JsonObject } from "../../core/json.ts";
import type { SignalReply, StatusReply, WaitingSignal } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { runIdOf } from "../run-id.ts";
import { UsageError } from "../usage-error.ts";
import { waitLines } from "../waits.ts";

const TYPES = ["decision", "data", "cancel", "retry", "skip"];

export interface SignalFlags {
  id: string;
  type: string;
  step?: string;
  decision?: string;
  choice?: string;
  payload?: JsonObject;
  reasoning?: string;
}

/** How long the daemon may wait for the run's end or pause, in ms. */
const WAIT_MS = 50_000;

export async function signal(context: CliContext, flags: SignalFlags): Promise<number> {
  if (!TYPES.includes(flags.type)) {
    throw new UsageError(`TYPE: must be one of ${TYPES.join(", ")}, got "${flags.type}"`);
  }
  const payload = {
    ...flags.payload,
    ...(flags.choice !== undefined && { choice: flags.choice }),
  };
  const id = await runIdOf(context.client, flags.id);
  const reply = await context.client.post(`/api/v1/runs/${encodeURIComponent(id)}/signal`, {
    signal_type: flags.type,
    ...context.signature,
    payload,
    wait_ms: WAIT_MS,
    ...(flags.step !== undefined && { step_id: flags.step }),
    ...(flags.decision !== undefined && { decision_id: flags.decision }),
    ...(flags.reasoning !== undefined && { reasoning: flags.reasoning }),
  }) as unknown as SignalReply;
  if (context.json) printJson(reply);
  else await tell(context, reply);
  // A cancelled run is what `cancel` was asked for.
  return flags.type === "cancel" || !reply.status ? 0 : exitCode(reply.status);
}

async function tell(context: CliContext, reply: SignalReply): Promise<void> {
  const { status } = reply;
  if (reply.met?.length === 0) reply.waiting_signals?.forEach(tellWait);
  if (status === undefined) return printLine(`accepted: ${reply.signal_type}`);
  if (status !== "suspended") return tellOutcome({ ...reply, status }, []);
  // The reply names what it waits for; the questions are in the run's state.
  const path = `/api/v1/runs/${encodeURIComponent(reply.workflow_id)}`;
  const state = await context.client.get(path) as unknown as StatusReply;
  tellOutcome({ ...reply, status }, waitLines(state));
}

/** A signal that met nothing may be misspelt, or early. */
function tellWait({ step_id, signal }: WaitingSignal): void {
  printNote(`met no wait: ${visible(step_id)} waits for the signal ${visible(signal)}`);
}
