// What `opcode schedule` does: shows schedules and what came of them, makes, changes and runs them.

import type { JsonObject } from "../../core/json.ts";
import type { CliContext } from "../context.ts";
import { hint } from "../hint.ts";
import { readJsonFile } from "../input.ts";
import { NO_SCHEDULES, SCHEDULE_COLUMNS } from "../listings.ts";
import { choiceOf, momentOf } from "../option-values.ts";
import { pages } from "../pages.ts";
import { typedParams } from "../params.ts";
import { printJson, printLine, printNote, visible } from "../print.ts";
import { brief, cell, LEAST_ID, type ListColumn, printList } from "../table.ts";
import { shownTime } from "../times.ts";
import { UsageError } from "../usage-error.ts";
import { SCHEDULE_VERBS } from "../verbs.ts";

const PATH = "/api/v1/schedules";

export interface ScheduleFlags {
  template?: string;
  version?: string;
  cron?: string;
  timezone?: string;
  param?: Record<string, string>;
  params?: string;
  overlap?: string;
  catchUp?: string;
  jitter?: string;
  endAt?: string;
  maxRuns?: string;
  paused?: boolean;
  limit?: string;
  from?: string;
  to?: string;
  dryRun?: boolean;
}

/** Flags that describe a schedule. */
const TERMS = [
  ...["template", "version", "cron", "timezone", "param", "params", "overlap", "catchUp", "jitter"],
  ...["endAt", "maxRuns"],
] as const;

type ScheduleVerb = (typeof SCHEDULE_VERBS)[number];

type Verb = (context: CliContext, name: string, flags: ScheduleFlags) => Promise<number>;

/** What each verb takes beside the flags of all commands. */
const VERBS: Readonly<
  Record<ScheduleVerb, { act: Verb; flags: readonly string[]; named: boolean }>
> = {
  list: { act: list, flags: [], named: false },
  create: { act: create, flags: [...TERMS, "paused"], named: true },
  update: { act: update, flags: TERMS, named: true },
  pause: {
    act: (context, name) => change(context, name, { enabled: false }),
    flags: [],
    named: true,
  },
  resume: {
    act: (context, name) => change(context, name, { enabled: true }),
    flags: [],
    named: true,
  },
  run: { act: run, flags: [], named: true },
  history: { act: history, flags: ["limit"], named: true },
  delete: { act: remove, flags: [], named: true },
  backfill: { act: backfill, flags: ["from", "to", "dryRun"], named: true },
};

export async function schedule(
  context: CliContext,
  { verb: asked, name, flags }: { verb: string; name: string | undefined; flags: ScheduleFlags },
): Promise<number> {
  const verb = choiceOf("VERB", SCHEDULE_VERBS)(asked);
  const { act, flags: known, named } = VERBS[verb];
  if (named && name === undefined) throw new UsageError(`schedule ${verb}: NAME is required`);
  if (!named && name !== undefined) throw new UsageError(`schedule ${verb}: takes no NAME`);
  const idle = Object.keys(flags).find((flag) => !known.includes(flag));
  if (idle !== undefined) {
    const shown = idle.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${shown}: has no meaning for schedule ${verb}`);
  }
  return await act(context, name ?? "", flags);
}

async function list(context: CliContext): Promise<number> {
  const rows: JsonObject[] = [];
  for await (const page of pages(context.client, PATH, { limit: "100" })) {
    rows.push(...page.schedules as JsonObject[]);
  }
  if (context.json) printJson({ schedules: rows });
  else if (rows.length === 0) printLine(NO_SCHEDULES);
  else printList(SCHEDULE_COLUMNS, rows);
  return 0;
}

async function create(context: CliContext, name: string, flags: ScheduleFlags): Promise<number> {
  if (flags.template === undefined) throw new UsageError("--template: is required");
  if (flags.cron === undefined) throw new UsageError("--cron: is required");
  const body = {
    name,
    ...context.signature,
    ...await termsOf(context, flags, flags.template),
    ...(flags.paused && { enabled: false }),
  };
  return show(context, await context.client.post(PATH, body));
}

async function update(context: CliContext, name: string, flags: ScheduleFlags): Promise<number> {
  if (Object.keys(flags).length === 0) throw new UsageError("schedule update: nothing to change");
  let template = flags.template;
  if (flags.param !== undefined && template === undefined) {
    template = String((await context.client.get(pathOf(name))).template_name);
  }
  return await change(context, name, await termsOf(context, flags, template));
}

async function change(context: CliContext, name: string, body: JsonObject): Promise<number> {
  return show(context, await context.client.patch(pathOf(name), body));
}

/** The terms as the daemon takes them; `--param` by the types that the template asks for. */
async function termsOf(
  context: CliContext,
  flags: ScheduleFlags,
  template: string | undefined,
): Promise<JsonObject> {
  const { template: name, catchUp, endAt, maxRuns, param, params, ...same } = flags;
  const { paused: _, limit: __, from: ___, to: ____, dryRun: _____, ...terms } = same;
  if (param !== undefined && params !== undefined) {
    throw new UsageError("--param and --params: give one of them");
  }
  const typed = param && typedParams(
    param,
    (await context.client.get(`/api/v1/templates/${encodeURIComponent(template!)}`)).input_schema,
  );
  const given = params === undefined ? typed : readJsonFile(params);
  return {
    ...terms,
    ...(name !== undefined && { template_name: name }),
    ...(catchUp !== undefined && { catch_up: catchUp }),
    ...(endAt !== undefined && { end_at: endAt === "none" ? null : endAt }),
    ...(maxRuns !== undefined && { max_runs: Number(maxRuns) }),
    ...(given !== undefined && { params: given }),
  };
}

async function run(context: CliContext, name: string): Promise<number> {
  const reply = await context.client.post(`${pathOf(name)}/run`, {});
  if (context.json) printJson(reply);
  else {
    printLine(`started ${cell(reply.workflow_id)}`);
    if (reply.hint !== undefined) printNote(visible(cell(reply.hint)));
    printNote(hint("status", cell(reply.workflow_id)));
  }
  return 0;
}

const HISTORY: ListColumn[] = [
  { key: "due_at", name: "time", isTime: true },
  { key: "cause", name: "cause" },
  { key: "outcome", name: "outcome" },
  { key: "workflow_id", name: "run", least: LEAST_ID },
  { key: "status", name: "status" },
  { key: "reason", name: "detail", of: detail },
];

function detail({ reason, missed, at_least, error }: JsonObject): string {
  if (error) return brief((error as JsonObject).message);
  if (missed === undefined) return cell(reason);
  return `${cell(reason)} (${at_least ? "at least " : ""}${cell(missed)})`;
}

async function history(
  context: CliContext,
  name: string,
  { limit }: ScheduleFlags,
): Promise<number> {
  const query = limit === undefined ? {} : { limit };
  const reply = await context.client.get(`${pathOf(name)}/runs`, query);
  const fires = reply.fires as JsonObject[];
  if (context.json) printJson(reply);
  else if (fires.length === 0) printLine("no time of it has come yet");
  else {
    printList(HISTORY, fires);
    if (reply.next_cursor !== undefined) printNote("there are more: --limit");
  }
  return 0;
}

async function remove(context: CliContext, name: string): Promise<number> {
  const reply = await context.client.delete(pathOf(name));
  if (context.json) printJson(reply);
  else printLine(`deleted ${visible(cell(reply.name))}`);
  return 0;
}

async function backfill(context: CliContext, name: string, flags: ScheduleFlags): Promise<number> {
  const { from, to, dryRun } = flags;
  if (from === undefined || to === undefined) {
    throw new UsageError("schedule backfill: --from and --to are required");
  }
  const reply = await context.client.post(`${pathOf(name)}/backfill`, {
    from: momentOf("--from")(from),
    to: momentOf("--to")(to),
    ...(dryRun && { dry_run: true }),
  });
  const fires = (reply.fires ?? []) as JsonObject[];
  if (context.json) printJson(reply);
  else {
    const times = (reply.times ?? []) as string[];
    for (const time of times) printLine(shownTime(time));
    if (fires.length > 0) printList(HISTORY.filter((column) => isTold(column, fires)), fires);
    if (times.length + fires.length === 0) printLine("every time has its run already");
  }
  const { broken_off } = reply as { broken_off?: { message: string } };
  if (broken_off && !context.json) printNote(`broken off: ${visible(broken_off.message)}`);
  return broken_off || fires.some(({ error }) => error !== undefined) ? 1 : 0;
}

/** Whether any of the rows has something for the column. */
function isTold({ key, of }: ListColumn, rows: readonly JsonObject[]): boolean {
  return rows.some((row) => (of ? of(row) : cell(row[key])) !== "");
}

function show(context: CliContext, row: JsonObject): number {
  if (context.json) {
    printJson(row);
    return 0;
  }
  const next = (row.next_times as string[])[0];
  const state = row.reason === undefined
    ? cell(row.status)
    : `${cell(row.status)}: ${cell(row.reason)}`;
  printLine(`${visible(cell(row.name))} is ${state}${next ? `; next ${shownTime(next)}` : ""}`);
  return 0;
}

function pathOf(name: string): string {
  return `${PATH}/${encodeURIComponent(name)}`;
}
