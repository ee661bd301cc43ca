// What `opcode run` does: starts a run, anew or from a step of another, and shows how it goes on.

import type { JsonObject } from "../../core/json.ts";
import type { RunReply } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { readJsonFile } from "../input.ts";
import { ApiError } from "../client.ts";
import { checkNames, neededParams, takenParams, typedParams } from "../params.ts";
import { printNote, visible } from "../print.ts";
import { runIdOf } from "../run-id.ts";
import { tellStarted } from "../started.ts";
import { UsageError } from "../usage-error.ts";

export interface RunFlags {
  name?: string | undefined;
  param?: Record<string, string>;
  params?: string;
  version?: string | undefined;
  key?: string;
  fromRun?: string | undefined;
  fromStep?: string;
  startAt?: string;
  delay?: string;
  /** False: do not wait for the end. */
  wait?: boolean;
}

export async function run(context: CliContext, given: RunFlags): Promise<number> {
  checkFlags(given);
  const flags = given.fromRun === undefined
    ? given
    : { ...given, fromRun: await runIdOf(context.client, given.fromRun, context.signature) };
  const params = {
    ...(flags.params !== undefined && readJsonFile(flags.params)),
    ...(flags.param && await asTemplateSays(context, flags, flags.param)),
  };
  const started = await start(context, {
    ...(flags.name !== undefined && { template_name: flags.name }),
    ...context.signature,
    // Without any a fork has those of the run that it goes on from.
    ...((flags.fromRun === undefined || flags.param || flags.params !== undefined) && { params }),
    ...(flags.fromRun !== undefined && { from_run: flags.fromRun }),
    ...(flags.fromStep !== undefined && { from_step: flags.fromStep }),
    ...(flags.version !== undefined && { version: flags.version }),
    ...(flags.startAt !== undefined && { start_at: flags.startAt }),
    ...(flags.delay !== undefined && { delay: flags.delay }),
    ...(flags.key !== undefined && { idempotency_key: flags.key }),
  });
  return await tellStarted(context, started, { key: flags.key, wait: flags.wait });
}

function checkFlags({ name, fromRun, fromStep }: RunFlags): void {
  if ((fromRun === undefined) !== (fromStep === undefined)) {
    throw new UsageError("--from-run and --from-step need each other");
  }
  if (name === undefined && fromRun === undefined) {
    throw new UsageError(
      "missing required argument 'name': the template to run, as \"templates\" lists them",
    );
  }
}

/** Starts the run; params that the template refuses are told with what it takes. */
async function start(context: CliContext, request: JsonObject): Promise<RunReply> {
  try {
    return await context.client.post("/api/v1/runs", request) as unknown as RunReply;
  } catch (error) {
    if (!(error instanceof ApiError) || !error.error.details?.violations) throw error;
    if (!context.json) {
      const template = await templateOf(context, {
        name: request.template_name as string | undefined,
        version: request.version as string | undefined,
        fromRun: request.from_run as string | undefined,
      });
      const name = visible(String(template.name));
      const { missing } = error.error.details;
      const needed = missing && neededParams(template.input_schema, missing as string[]);
      if (needed) throw new UsageError(`${name} needs ${needed}`);
      const taken = takenParams(template.input_schema);
      if (taken !== undefined) printNote(`${name} takes ${taken}`);
    }
    throw error;
  }
}

async function asTemplateSays(
  context: CliContext,
  flags: RunFlags,
  given: Record<string, string>,
): Promise<JsonObject> {
  const template = await templateOf(context, flags);
  checkNames(Object.keys(given), template);
  return typedParams(given, template.input_schema);
}

/** The template version that the run executes. */
async function templateOf(
  { client }: CliContext,
  { name, version, fromRun }: Pick<RunFlags, "name" | "version" | "fromRun">,
): Promise<JsonObject> {
  const source = fromRun === undefined
    ? undefined
    : await client.get(`/api/v1/runs/${encodeURIComponent(fromRun)}`);
  const [of, number] = [
    source?.template_name ?? name,
    version ?? source?.template_version ?? "latest",
  ].map((part) => encodeURIComponent(String(part)));
  return client.get(`/api/v1/templates/${of}/versions/${number}`);
}
