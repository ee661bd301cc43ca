// What `opcode run NAME` does: starts a run and shows its steps as they finish.

import type { ErrorObject } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { EventReport, RunReply, StatusReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { readJsonFile } from "../input.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { printJson, printLine, printNote, stepLine } from "../print.ts";

export interface RunFlags {
  name: string;
  param: JsonObject;
  params?: string;
  version?: string;
  key?: string;
  wait: boolean;
}

export async function run(context: CliContext, flags: RunFlags): Promise<number> {
  const params = { ...(flags.params !== undefined && readJsonFile(flags.params)), ...flags.param };
  const started = await context.client.post("/api/v1/runs", {
    template_name: flags.name,
    agent_id: context.agent,
    params,
    ...(flags.version !== undefined && { version: flags.version }),
    ...(flags.key !== undefined && { idempotency_key: flags.key }),
  }) as unknown as RunReply;
  const id = started.workflow_id;
  if (!flags.wait) {
    if (context.json) printJson(started);
    else printLine(id);
    return exitCode(started.status);
  }
  const end = await followToEnd(context, id);
  if (context.json) printJson(end);
  else tellOutcome(end);
  return exitCode(end.status);
}

/** The state in which the run ended or paused. */
async function followToEnd(context: CliContext, id: string): Promise<StatusReply> {
  const terminal = process.stderr.isTTY === true;
  const gone = new AbortController();
  const read = async () => await context.client.get(`/api/v1/runs/${id}`) as unknown as StatusReply;
  try {
    for await (const event of context.client.follow(id, gone.signal)) {
      const line = context.json ? undefined : progressLine(event, terminal);
      if (line !== undefined) printNote(line);
      if (!PAUSES.has(event.event_type)) continue;
      // The log begins with the run: a pause in it may be over by now.
      const now = await read();
      if (isTerminal(now.status) || now.status === "suspended") return now;
    }
    return await read();
  } catch (error) {
    throw new Error(`${(error as Error).message} (run ${id})`, { cause: error });
  } finally {
    gone.abort();
  }
}

const PAUSES: ReadonlySet<string> = new Set([
  "workflow_completed",
  "workflow_failed",
  "workflow_cancelled",
  "workflow_suspended",
  "workflow_interrupted",
]);

const SETTLED: Readonly<Record<string, string>> = {
  step_completed: "completed",
  step_failed: "failed",
  step_skipped: "skipped",
  step_suspended: "suspended",
  step_retrying: "retrying",
};

function progressLine(event: EventReport, terminal: boolean): string | undefined {
  const status = SETTLED[event.event_type];
  if (status === undefined || event.step_id === undefined) return;
  const payload = isObject(event.payload) ? event.payload : {};
  const time = payload.duration_ms;
  return stepLine({
    id: event.step_id,
    status,
    durationMs: typeof time === "number" ? time : undefined,
    error: isObject(payload.error) ? payload.error as unknown as ErrorObject : undefined,
  }, terminal);
}
