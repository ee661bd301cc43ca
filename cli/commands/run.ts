// What `opcode run NAME` does: starts a run and shows its steps as they finish.

import type { ErrorObject } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { EventReport, RunReply, StatusReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { readJsonFile } from "../input.ts";
import { ApiError, NoDaemon } from "../client.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { typedParams } from "../params.ts";
import { printJson, printLine, printNote, stepLine } from "../print.ts";

export interface RunFlags {
  name: string;
  param?: Record<string, string>;
  params?: string;
  version?: string;
  key?: string;
  wait: boolean;
}

export async function run(context: CliContext, flags: RunFlags): Promise<number> {
  const params = {
    ...(flags.params !== undefined && readJsonFile(flags.params)),
    ...(flags.param && await asTemplateSays(context, flags, flags.param)),
  };
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
  if (end === undefined) {
    printNote(
      `run ${id} goes on: opcode status ${id} shows it, opcode signal ${id} cancel ends it`,
    );
    return INTERRUPTED;
  }
  if (context.json) printJson(end);
  // The line of the step that failed has told why.
  else tellOutcome({ ...end, error: end.error?.step_id === undefined ? end.error : undefined });
  return exitCode(end.status);
}

/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function asTemplateSays(
  context: CliContext,
  { name, version = "latest" }: RunFlags,
  given: Record<string, string>,
): Promise<JsonObject> {
  const path = `/api/v1/templates/${encodeURIComponent(name)}/versions/${
    encodeURIComponent(version)
  }`;
  return typedParams(given, (await context.client.get(path)).input_schema);
}

/** The state in which the run ended or paused; undefined when Ctrl-C came first. */
async function followToEnd(context: CliContext, id: string): Promise<StatusReply | undefined> {
  const terminal = process.stderr.isTTY === true;
  const gone = new AbortController();
  const leave = () => gone.abort();
  process.once("SIGINT", leave);
  if (!context.json) printNote(`started: run ${id}`);
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
    return gone.signal.aborted ? undefined : await read();
  } catch (error) {
    if (gone.signal.aborted) return undefined;
    const stopped = error instanceof NoDaemon ||
      (error instanceof ApiError && error.error.code === "BUSY");
    const why = stopped
      ? `the daemon has stopped; run ${id} goes on when it is back: opcode status ${id}`
      : `${(error as Error).message} (run ${id})`;
    throw new Error(why, { cause: error });
  } finally {
    process.off("SIGINT", leave);
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
  step_retry_attempt: "retrying",
};

function progressLine(event: EventReport, terminal: boolean): string | undefined {
  const status = SETTLED[event.event_type];
  if (status === undefined || event.step_id === undefined) return;
  const payload = isObject(event.payload) ? event.payload : {};
  const time = payload.duration_ms;
  if (status === "retrying") {
    const { attempt, max_attempts, delay_ms } = payload;
    const when = delay_ms ? `in ${formatMs(Number(delay_ms))}` : "at once";
    return `${stepLine({ id: event.step_id, status, error: errorOf(payload) }, terminal)}` +
      ` (retry ${attempt} of ${max_attempts} ${when})`;
  }
  return stepLine({
    id: event.step_id,
    status,
    durationMs: typeof time === "number" ? time : undefined,
    error: errorOf(payload),
  }, terminal);
}

function errorOf(payload: JsonObject): ErrorObject | undefined {
  if (!isObject(payload.error)) return undefined;
  const error = { ...payload.error } as unknown as ErrorObject;
  // The line begins with the step.
  delete error.step_id;
  return error;
}

function formatMs(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
