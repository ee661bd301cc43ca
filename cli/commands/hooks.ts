// What `opcode hooks` shows: where deliveries come in, and which of them were rejected.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { choiceOf } from "../option-values.ts";
import { pages } from "../pages.ts";
import { printJson, printLine, visible } from "../print.ts";
import { cell, LEAST_NAME, type ListColumn, printList } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";

const PATH = "/api/v1/hooks";

const COLUMNS: ListColumn[] = [
  { key: "path", name: "path", least: 2 * LEAST_NAME },
  { key: "verify", name: "verify" },
  { key: "secret", name: "secret", least: LEAST_NAME },
  { key: "agent_id", name: "agent", least: LEAST_NAME },
  { key: "accepted", name: "accepted" },
  { key: "replayed", name: "replayed" },
  { key: "rejected", name: "rejected" },
];

const REJECTED: ListColumn[] = [
  { key: "at", name: "time", isTime: true },
  { key: "method", name: "method" },
  { key: "body_bytes", name: "bytes" },
  { key: "delivery_id", name: "delivery", least: LEAST_NAME },
  { key: "reason", name: "reason" },
];

const NO_HOOKS = 'no hooks yet: define a template with "triggers": {"webhook": [{"name": …}]}';

export async function hooks(
  context: CliContext,
  { verb: asked, template, name }: {
    verb: string;
    template: string | undefined;
    name: string | undefined;
  },
): Promise<number> {
  const verb = choiceOf("VERB", ["list", "log"])(asked);
  if (verb === "log") {
    if (template === undefined || name === undefined) {
      throw new UsageError("hooks log: TEMPLATE and NAME are required");
    }
    return await log(context, template, name);
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
