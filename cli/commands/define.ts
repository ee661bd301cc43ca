// What `opcode define FILE` does: stores a workflow as a new version of its template, or only says
// what it would store.

import type { JsonObject } from "../../core/json.ts";
import type { DefineReply, DryRunReply, Issue } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { ApiError } from "../client.ts";
import { asCalled } from "../hint.ts";
import { readJsonFile } from "../input.ts";
import { dryRunLines } from "../dry-run.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { UsageError } from "../usage-error.ts";

export async function define(
  context: CliContext,
  flags: { file: string; name?: string; description?: string; dryRun?: boolean },
): Promise<number> {
  const content = readJsonFile(flags.file);
  const name = flags.file === "-" ? "standard input" : flags.file;
  // The file holds the arguments of opcode.define, or the bare definition.
  const bare = !Object.hasOwn(content, "definition");
  if (bare && !(Object.hasOwn(content, "steps") && !Object.hasOwn(content, "name"))) {
    throw new UsageError(
      `${name}: holds no "definition": it must be {"name": …, "definition": {"steps": […]}}, ` +
        `or a bare {"steps": […]} with --name`,
    );
  }
  const request: JsonObject = {
    ...context.signature,
    ...(bare ? { definition: content } : content),
  };
  if (flags.name !== undefined) request.name = flags.name;
  if (flags.description !== undefined) request.description = flags.description;
  if (request.name === undefined) {
    throw new UsageError(`${name}: holds no "name": add it or give --name`);
  }
  if (flags.dryRun) request.dry_run = true;
  const reply = await context.client.post("/api/v1/templates", request).catch((error) => {
    if (error instanceof ApiError) error.ofFile = isOfFile(error, flags);
    throw error;
  });
  const isDryRun = request.dry_run === true;
  if (context.json) printJson(reply);
  else if (isDryRun) tellDryRun(reply as unknown as DryRunReply);
  else tell(reply as unknown as DefineReply);
  return isDryRun && (reply as unknown as DryRunReply).report.errors ? 1 : 0;
}

/** Whether the daemon refuses what the file holds, and not what a flag said. */
function isOfFile({ error }: ApiError, flags: { name?: string; description?: string }): boolean {
  if (error.code !== "VALIDATION_ERROR") return false;
  const [, member = ""] = /^\/?(\w*)/.exec(String(error.details?.path ?? "")) ?? [];
  if (member === "agent_id") return false;
  return (flags as Record<string, unknown>)[member] === undefined;
}

function tell(reply: DefineReply): void {
  const fate = reply.unchanged ? " (unchanged)" : "";
  printLine(`${visible(reply.name)} ${reply.version}${fate}`);
  for (const { path, signature } of reply.webhooks ?? []) {
    const proof = signature === undefined ? "without a proof" : signature;
    printNote(`webhook: POST ${visible(path)}, ${proof}`);
  }
  note("warning", reply.warnings);
}

function tellDryRun(reply: DryRunReply): void {
  dryRunLines(reply).forEach(printLine);
  note("error", reply.report.errors);
  note("warning", reply.report.warnings);
}

function note(kind: string, issues: Issue[] = []): void {
  for (const { path, message } of issues) {
    printNote(`${kind}: ${asCalled(visible(`${path}: ${message}`))}`);
  }
}
