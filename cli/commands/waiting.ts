// What `opcode status` without a run shows: the runs that need somebody, and the commands that answer.

import type { JsonObject } from "../../core/json.ts";
import type { StatusReply } from "../../engine/api.ts";
import { ApiError, type Client } from "../client.ts";
import type { CliContext } from "../context.ts";
import { counted } from "../counted.ts";
import { hint } from "../hint.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { shownTime } from "../times.ts";
import { waitLines } from "../waits.ts";

/** Runs that are told with what they wait for. */
const MOST_RUNS = 20;
/** Runs and decisions that are looked at for those. */
const LOOKED_AT = "100";
const DAY_MS = 24 * 60 * 60_000;

/** Returns 0 also when there are such runs: it was asked whether there are. */
export async function waiting(context: CliContext): Promise<number> {
  const { client } = context;
  const found = await candidates(client);
  const runs: StatusReply[] = [];
  let isCut = found.isCut;
  for (const id of found.ids) {
    const run = await read(client, id);
    if (run === undefined || !needsSomebody(run)) continue;
    if (runs.length === MOST_RUNS) {
      isCut = true;
      break;
    }
    runs.push(run);
  }
  const failed = await failedLately(client);
  if (context.json) {
    printJson({ runs, failed_last_day: failed, ...(isCut && { truncated: true }) });
    return 0;
  }
  runs.forEach(tell);
  if (runs.length === 0) {
    printLine(failed > 0 ? "no run waits for anybody" : "no run needs anybody");
  }
  if (failed > 0) {
    printNote(`${counted(failed, "run")} of the last 24 hours failed:`);
    const since = ["--filter", "completed_since=24h"];
    printNote(`  ${hint("query", "workflows", "--filter", "status=failed", ...since)}`);
  }
  if (isCut) {
    printNote("not all are looked at; this lists them:");
    printNote(`  ${hint("query", "workflows", "--filter", "status=suspended")}`);
  }
  return 0;
}

/** How many runs have failed in the last day: nobody waits in them, and somebody may have to know. */
async function failedLately(client: Client): Promise<number> {
  const since = new Date(Date.now() - DAY_MS).toISOString();
  const query = { status: "failed", completed_since: since, total: "true", limit: "1" };
  return Number((await client.get("/api/v1/runs", query)).total);
}

/** Interrupted runs first, then those with questions, then whatever else rests. */
async function candidates(client: Client): Promise<{ ids: Set<string>; isCut: boolean }> {
  const limit = LOOKED_AT;
  const pages = [
    await client.get("/api/v1/runs", { status: "interrupted", limit }),
    await client.get("/api/v1/decisions", { status: "pending", limit }),
    await client.get("/api/v1/runs", { status: "suspended", limit }),
  ];
  const rows = pages.flatMap((page) => (page.runs ?? page.decisions) as JsonObject[]);
  return {
    ids: new Set(rows.map(({ id, workflow_id }) => String(workflow_id ?? id))),
    isCut: pages.some((page) => page.next_cursor !== undefined),
  };
}

async function read(client: Client, id: string): Promise<StatusReply | undefined> {
  try {
    return await client.get(`/api/v1/runs/${id}`) as unknown as StatusReply;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** A timer, or a child that is told itself, goes on without anybody. */
function needsSomebody(run: StatusReply): boolean {
  return run.pending_decisions.length > 0 || (run.waiting_signals?.length ?? 0) > 0 ||
    run.interrupted !== undefined || run.timed_out === true || run.poisoned !== undefined;
}

function tell(run: StatusReply): void {
  const { workflow_id, template_name, template_version, agent_id, created_at } = run;
  printLine(
    visible(
      `run ${workflow_id}  ${template_name} ${template_version}, by ${agent_id}, ` +
        shownTime(created_at),
    ),
  );
  for (const line of waitLines(run)) printLine(`  ${line}`);
}
