// What `opcode hooks` shows: where deliveries come in, which were rejected, what one would come to.

import { type ErrorObject, errorText } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { asCalled } from "../hint.ts";
import { readTextFile } from "../input.ts";
import { choiceOf } from "../option-values.ts";
import { pages } from "../pages.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { cell, LEAST_NAME, type ListColumn, printList } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";
import { HOOK_VERBS } from "../verbs.ts";

const PATH = "/api/v1/hooks";

const COLUMNS: ListColumn[] = [
  { key: "path", name: "path", least: 2 * LEAST_NAME, of: pathOf },
  { key: "verify", name: "verify" },
  { key: "secret", name: "secret", least: LEAST_NAME },
  { key: "agent_id", name: "agent", least: LEAST_NAME },
  { key: "accepted", name: "accepted" },
  { key: "replayed", name: "replayed" },
  { key: "rejected", name: "rejected" },
];

/** What is sent there starts nothing while its template is put away. */
function pathOf({ path, archived }: JsonObject): string {
  return archived ? `${cell(path)} (archived)` : cell(path);
}

const REJECTED: ListColumn[] = [
  { key: "at", name: "time", isTime: true },
  { key: "method", name: "method" },
  { key: "body_bytes", name: "bytes" },
  { key: "delivery_id", name: "delivery", least: LEAST_NAME },
  { key: "reason", name: "reason", of: ({ reason }) => asCalled(cell(reason)) },
];

const NO_HOOKS = 'no hooks yet: define a template with "triggers": {"webhook": [{"name": …}]}';

/** Of `test` alone. */
export interface HookFlags {
  body?: string;
  header?: Record<string, string>;
  query?: Record<string, string>;
}

export async function hooks(
  context: CliContext,
  { verb: asked, template, name, flags }: {
    verb: string;
    template: string | undefined;
    name: string | undefined;
    flags: HookFlags;
  },
): Promise<number> {
  const verb = choiceOf("VERB", HOOK_VERBS)(asked);
  const [idle] = Object.keys(flags);
  if (verb !== "test" && idle !== undefined) {
    throw new UsageError(`--${idle}: has no meaning for hooks ${verb}`);
  }
  if (verb !== "list") {
    if (template === undefined || name === undefined) {
      throw new UsageError(`hooks ${verb}: TEMPLATE and NAME are required`);
    }
    return verb === "log"
      ? await log(context, template, name)
      : await rehearse(context, { template, name, flags });
  }
  if (name !== undefined) throw new UsageError("hooks list: takes no NAME");
  return await list(context, template);
}

async function list(context: CliContext, template: string | undefined): Promise<number> {
  const rows: JsonObject[] = [];
  const of: Record<string, string> = template === undefined ? {} : { template_name: template };
  for await (const page of pages(context.client, PATH, { limit: "100", ...of })) {
    rows.push(...page.hooks as JsonObject[]);
  }
  if (context.json) printJson({ hooks: rows });
  else if (rows.length === 0) printLine(template === undefined ? NO_HOOKS : "it has no hooks");
  else printList(COLUMNS, rows);
  return 0;
}

/** 0 when a delivery like it would be taken; 1 when it would not. */
async function rehearse(
  { client, json }: CliContext,
  { template, name, flags }: { template: string; name: string; flags: HookFlags },
): Promise<number> {
  const { body: file, header, query } = flags;
  const at = `${encodeURIComponent(template)}/${encodeURIComponent(name)}`;
  const told = await client.post(`${PATH}/${at}/test`, {
    ...(file !== undefined && { body: readTextFile(file) }),
    ...(header && { headers: header }),
    ...(query && { query }),
  });
  if (json) printJson(told);
  else tellRehearsed(told);
  return told.outcome === "refused" ? 1 : 0;
}

const OUTCOMES: Readonly<Record<string, string>> = {
  run: "it would start a run",
  replayed: "it would be answered with the run that it has started before",
  challenge: "it would be answered with its challenge",
  refused: "it would be refused",
};

function tellRehearsed(told: JsonObject): void {
  const { verification, reason, verify, delivery_id, workflow_id, params } = told;
  const why = reason === undefined ? "" : `: ${cell(reason)}`;
  printLine(`${OUTCOMES[cell(told.outcome)]}; nothing was started`);
  printLine(visible(`signature  ${cell(verification)}${why} (${cell(verify)})`));
  if (delivery_id !== undefined) printLine(visible(`delivery   ${cell(delivery_id)}`));
  if (workflow_id !== undefined) printLine(visible(`run        ${cell(workflow_id)}`));
  if (params !== undefined) printLine(visible(`params     ${JSON.stringify(params)}`));
  if (told.error) printNote(`error: ${visible(errorText(told.error as unknown as ErrorObject))}`);
}

async function log(context: CliContext, template: string, name: string): Promise<number> {
  const at = `${encodeURIComponent(template)}/${encodeURIComponent(name)}`;
  const hook = await context.client.get(`${PATH}/${at}/log`);
  if (context.json) {
    printJson(hook);
    return 0;
  }
  const { path, since, accepted, replayed, rejected } = hook;
  printLine(
    `${visible(cell(path))} since ${shownTime(cell(since))}: ${cell(accepted)} accepted, ` +
      `${cell(replayed)} replayed, ${cell(rejected)} rejected`,
  );
  const last = hook.last_rejected as JsonObject[];
  if (last.length > 0) printList(REJECTED, last);
  return 0;
}
