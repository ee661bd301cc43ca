// Which run a person means: by its id, by the beginning of it, or as the last one.

import type { JsonObject } from "../core/json.ts";
import { ApiError, type Client } from "./client.ts";
import { hint } from "./hint.ts";
import { beginningOf, isRunId } from "./short-id.ts";
import { pages } from "./pages.ts";
import { printNote, visible } from "./print.ts";
import { UsageError } from "./usage-error.ts";

/** Runs that are told when a beginning fits several. */
const MOST_TOLD = 5;

/**
 * The whole id of a run that there is. `last` is the newest run that nobody's step started. UsageError
 * tells the runs that a beginning fits when there are several, and what can be given when there is
 * none. `own`: who asks for something to be changed, whose own last run `last` is then.
 */
export async function runIdOf(
  client: Client,
  text: string,
  own?: { agent_id?: string },
): Promise<string> {
  if (text === "last") return own ? await ownLastRun(client, own) : await lastRun(client);
  // Whether there is one says whoever uses it.
  if (isRunId(text)) return text;
  const run = await runBeginning(client, text);
  if (run !== undefined) return run;
  throw new UsageError([...await noRun(client, text), ...WAYS].join("\n"));
}

/** The run whose id begins so; undefined when there is none, and UsageError when there are several. */
export async function runBeginning(client: Client, text: string): Promise<string | undefined> {
  const beginning = beginningOf(text);
  if (beginning === undefined) return undefined;
  const query = { id: beginning, limit: String(MOST_TOLD + 1) };
  const { runs } = await client.get("/api/v1/runs", query);
  const rows = runs as JsonObject[];
  if (rows.length <= 1) return rows[0] && String(rows[0].id);
  const told = rows.slice(0, MOST_TOLD).map(({ id, template_name, status }) =>
    `  ${id}  ${visible(String(template_name))}  ${status}`
  );
  const more = rows.length > MOST_TOLD ? ["  and more"] : [];
  throw new UsageError(
    [`"${text}" is ambiguous: several runs have ids that begin so`, ...told, ...more].join("\n"),
  );
}

export async function lastRun(client: Client): Promise<string> {
  const run = await newestRun(client, {});
  if (run === undefined) throw new UsageError("there is no run yet");
  return String(run.id);
}

/** The last run of who asks, so that nobody steers another's by accident; says which it is. */
async function ownLastRun(client: Client, { agent_id }: { agent_id?: string }): Promise<string> {
  const run = await newestRun(client, agent_id === undefined ? {} : { agent_id });
  if (run !== undefined) {
    const [template, agent] = [run.template_name, run.agent_id].map((one) => visible(String(one)));
    printNote(`last: run ${run.id} of ${template}, started by ${agent}`);
    return String(run.id);
  }
  if (agent_id === undefined) throw new UsageError("there is no run yet");
  const asking = await askingFor(client, agent_id);
  throw new UsageError([
    `${visible(agent_id)} has no run yet, and another's is named by its id:`,
    ...asking.map((id) => `  ${hint("signal", id, "decision")}  # it asks ${visible(agent_id)}`),
    ...WAYS,
  ].join("\n"));
}

/** Runs of others that have a question for the agent. */
async function askingFor(client: Client, agent: string): Promise<string[]> {
  const query = { status: "pending", target_agent_id: agent, limit: String(MOST_TOLD) };
  const { decisions } = await client.get("/api/v1/decisions", query);
  return [...new Set((decisions as JsonObject[]).map(({ workflow_id }) => String(workflow_id)))];
}

/** The newest run that nobody's step started. */
async function newestRun(
  client: Client,
  filter: Record<string, string>,
): Promise<JsonObject | undefined> {
  for await (const page of pages(client, "/api/v1/runs", { ...filter, limit: "20" })) {
    for (const run of page.runs as JsonObject[]) {
      if (run.parent_workflow_id === undefined) return run;
    }
  }
  return undefined;
}

/** How the run can be found that was meant. */
export const WAYS: readonly string[] = [
  `  ${hint("ps")}  # the runs under way`,
  `  ${hint("query", "workflows")}  # the newest of all`,
];

async function noRun(client: Client, text: string): Promise<string[]> {
  const shown = visible(text);
  const neither =
    `"${shown}" names no run: it is neither the id of one, nor the beginning of one, ` +
    'nor "last"';
  if (!await isTemplate(client, text)) return [neither];
  return [
    `"${shown}" is a template, not a run; its runs:`,
    `  ${hint("query", "workflows", "--filter", `template_name=${text}`)}`,
  ];
}

async function isTemplate(client: Client, name: string): Promise<boolean> {
  try {
    const { templates } = await client.get("/api/v1/templates", { name, limit: "1" });
    return (templates as JsonObject[]).length > 0;
  } catch (error) {
    // A text that no template may be called.
    if (error instanceof ApiError) return false;
    throw error;
  }
}
