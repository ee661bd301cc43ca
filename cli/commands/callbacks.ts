// What `opcode callbacks` does: shows what others have not been told of runs, and has one sent now.

import type { JsonObject } from "../../core/json.ts";
import { CALLBACK_STATUSES } from "../../engine/callbacks/api.ts";
import type { CliContext } from "../context.ts";
import { choiceOf } from "../option-values.ts";
import { pages } from "../pages.ts";
import { printJson, printLine, visible } from "../print.ts";
import { runIdOf } from "../run-id.ts";
import { cell, LEAST_NAME, type ListColumn, printList } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";
import { CALLBACK_VERBS } from "../verbs.ts";

const PATH = "/api/v1/callbacks";

const COLUMNS: ListColumn[] = [
  // Whole: it is what send takes.
  { key: "id", name: "id" },
  { key: "event", name: "event" },
  { key: "host", name: "to", least: LEAST_NAME },
  { key: "attempts", name: "attempts" },
  { key: "", name: "next", of: nextOf },
  { key: "last_error", name: "last answer" },
];

export interface CallbackFlags {
  status?: string;
  run?: string;
}

export async function callbacks(
  context: CliContext,
  { verb: asked, id, flags }: { verb: string; id: string | undefined; flags: CallbackFlags },
): Promise<number> {
  const verb = choiceOf("VERB", CALLBACK_VERBS)(asked);
  if (verb === "list") {
    if (id !== undefined) {
      throw new UsageError("callbacks list: takes no ID; --run RUN is of one run");
    }
    return await list(context, flags);
  }
  const [idle] = Object.keys(flags);
  if (idle !== undefined) throw new UsageError(`--${idle}: has no meaning for callbacks send`);
  if (id === undefined) throw new UsageError("callbacks send: ID is required");
  const sent = await context.client.post(`${PATH}/${encodeURIComponent(id)}/send`, {});
  if (context.json) printJson(sent);
  else printLine(`is sent now: ${visible(cell(sent.id))} to ${visible(cell(sent.host))}`);
  return 0;
}

async function list(context: CliContext, { status, run }: CallbackFlags): Promise<number> {
  const { client, json } = context;
  const query: Record<string, string> = { limit: "100" };
  if (status !== undefined) query.status = choiceOf("--status", CALLBACK_STATUSES)(status);
  if (run !== undefined) query.workflow_id = await runIdOf(client, run, context.signature);
  const rows: JsonObject[] = [];
  for await (const page of pages(client, PATH, query)) rows.push(...page.callbacks as JsonObject[]);
  if (json) printJson({ callbacks: rows });
  else if (rows.length === 0) printLine("no callbacks wait, and none was given up");
  else printList(COLUMNS, rows);
  return 0;
}

function nextOf({ status, behind, next_attempt_at, given_up_at }: JsonObject): string {
  if (status === "given_up") return `given up ${shownTime(cell(given_up_at))}`;
  return behind ? "after those before it" : shownTime(cell(next_attempt_at));
}
