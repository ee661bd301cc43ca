// What `opcode run NAME` does: starts a run and shows its steps as they finish.

import type { JsonObject } from "../../core/json.ts";
import { isTerminal } from "../../core/status.ts";
import type { RunReply, StatusReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { readJsonFile } from "../input.ts";
import { ApiError, NoDaemon } from "../client.ts";
import { exitCode, tellOutcome } from "../outcome.ts";
import { takenParams, typedParams } from "../params.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { createProgress } from "../progress.ts";
import { waitLines } from "../waits.ts";

export interface RunFlags {
  name: string;
  param?: Record<string, string>;
  params?: string;
  version?: string;
  key?: string;
  /** False: do not wait for the end. */
  wait?: boolean;
}

export async function run(context: CliContext, flags: RunFlags): Promise<number> {
  const params = {
    ...(flags.params !== undefined && readJsonFile(flags.params)),
    ...(flags.param && await asTemplateSays(context, flags, flags.param)),
  };
  const started = await start(context, {
    template_name: flags.name,
    agent_id: context.agent,
    params,
    ...(flags.version !== undefined && { version: flags.version }),
    ...(flags.key !== undefined && { idempotency_key: flags.key }),
  });
  const id = started.workflow_id;
  if (flags.wait === false) {
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
  else {
    const error = end.error?.step_id === undefined ? end.error : undefined;
    tellOutcome({ ...end, error }, waitLines(end));
  }
  return exitCode(end.status);
}

/** Starts the run; params that the template refuses are told with what it takes. */
async function start(context: CliContext, request: JsonObject): Promise<RunReply> {
  try {
    return await context.client.post("/api/v1/runs", request) as unknown as RunReply;
  } catch (error) {
    if (!context.json && error instanceof ApiError && error.error.details?.violations) {
      const template = await templateOf(context, request);
      const taken = takenParams(template.input_schema);
      if (taken !== undefined) printNote(`${visible(String(template.name))} takes ${taken}`);
    }
    throw error;
  }
}

/** What a shell reports for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

async function asTemplateSays(
  context: CliContext,
  { name, version = "latest" }: RunFlags,
  given: Record<string, string>,
): Promise<JsonObject> {
  const template = await templateOf(context, { template_name: name, version });
  return typedParams(given, template.input_schema);
}

function templateOf(
  context: CliContext,
  { template_name, version = "latest" }: JsonObject,
): Promise<JsonObject> {
  const [name, number] = [template_name, version].map((part) => encodeURIComponent(String(part)));
  return context.client.get(`/api/v1/templates/${name}/versions/${number}`);
}

/** The state in which the run ended or paused; undefined when Ctrl-C came first. */
async function followToEnd(context: CliContext, id: string): Promise<StatusReply | undefined> {
  const progress = createProgress(process.stderr.isTTY === true);
  const gone = new AbortController();
  const leave = () => gone.abort();
  process.once("SIGINT", leave);
  if (!context.json) printNote(`started: run ${id}`);
  const read = async () => await context.client.get(`/api/v1/runs/${id}`) as unknown as StatusReply;
  try {
    for await (const event of context.client.follow(id, gone.signal)) {
      const line = context.json ? undefined : progress(event);
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
      ? `the daemon has stopped; once it is back, run ${id} goes on or says what it waits for: ` +
        `opcode status ${id}`
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
