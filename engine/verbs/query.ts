// What `opcode.query` lists: workflows, events, templates, decisions, schedules and actions, filtered and paged.

import { faultAt } from "../../core/fault-at.ts";
import { rfc3339 } from "../../core/clock.ts";
import { parseJson } from "../../core/exact-json.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ScheduleStatus } from "../../core/schedule-terms.ts";
import type { DecisionStatus } from "../../core/status.ts";
import { LARGEST_ANSWER } from "../answer-room.ts";
import { actionDoc, actionRows } from "./action-doc.ts";
import type { QueryReply, QueryRequest, QueryResource } from "../api.ts";
import { QUERY_RESOURCES } from "../contract/query.ts";
import { decisionReports } from "./decision-report.ts";
import type { Engine } from "./shared.ts";
import { Filter } from "./filter.ts";
import { webhookReport } from "../hooks/proof.ts";
import { storedTriggers } from "../triggers.ts";
import type { EventType } from "../journal/event-types.ts";
import { originOf } from "./origin.ts";
import { reported } from "./schedules.ts";
import { checkWorkflow, eventReport } from "./status.ts";
import { storedHalt } from "../actor/report.ts";
import { LARGEST_LISTED } from "../store/page.ts";
import { runCriteria } from "./run-filter.ts";
import type {
  Counted,
  DecisionFilter,
  DecisionOrder,
  RunSummary,
  TemplateRow,
} from "../store/store.ts";
import { storedDiff } from "./stored-diff.ts";
import { formatVersion, parseVersion } from "../version.ts";

/** VALIDATION_ERROR for an unknown resource, an unknown filter, or a value of the wrong kind. */
export async function queryRows(engine: Engine, request: QueryRequest): Promise<QueryReply> {
  const { resource, brief = false } = request;
  if (!QUERY_RESOURCES.includes(resource)) {
    throw faultAt(
      "resource",
      `unknown resource type "${resource}", must be one of ${QUERY_RESOURCES.join(", ")}`,
    );
  }
  if (resource === "actions") {
    return actionRows(engine.env.registry.list().map(actionDoc), request.filter);
  }
  return await QUERIES[resource](engine, new Filter(resource, request.filter ?? {}), brief);
}

async function queryRuns(engine: Engine, filter: Filter, brief: boolean): Promise<QueryReply> {
  const { store } = engine.env;
  const criteria = await runCriteria(engine, filter);
  const limit = filter.limit();
  const page = await store.listRuns({ ...criteria, ...filter.cursor(), brief, limit });
  return {
    ...filter.page(page.rows.map(runSummary), page.next),
    ...filter.flag("total") && totalOf(await store.countRuns({ ...criteria, limit })),
  };
}

/** `total_at_least`: there are more, which nobody has counted. */
function totalOf({ total, isAll }: Counted): Pick<QueryReply, "total" | "total_at_least"> {
  return { total, ...(!isAll && { total_at_least: true }) };
}

async function queryEvents(engine: Engine, filter: Filter): Promise<QueryReply> {
  const type = filter.several<EventType>("event_type");
  const workflowId = filter.text("workflow_id");
  const afterId = filter.eventId("after_id");
  if (workflowId !== undefined) {
    filter.refuseBeside("workflow_id", "template_name", "agent_id");
  }
  const page = await engine.env.store.listEvents({
    ...(type !== undefined && { type: type.length === 1 ? type[0]! : type }),
    ...filter.texts({
      workflow_id: "runId",
      step_id: "stepId",
      template_name: "templateName",
      agent_id: "runAgentId",
    }),
    ...filter.cursor(),
    ...filter.times({ since: "since", until: "until" }),
    ...(afterId !== undefined && { afterId }),
    // One workflow reads as a story, and so does what follows an event; all of them as news.
    order: workflowId !== undefined || afterId !== undefined ? "oldest" : "newest",
    mostText: engine.env.mostOutput,
    limit: filter.limit(),
  });
  if (page.rows.length === 0 && workflowId !== undefined) await checkWorkflow(engine, workflowId);
  const rows = page.rows.map((event) => eventReport(event));
  return filter.page(rows, page.next);
}

async function queryTemplates(
  engine: Engine,
  filter: Filter,
  brief: boolean,
): Promise<QueryReply> {
  const version = filter.text("version");
  const against = filter.text("against");
  if (version !== undefined || against !== undefined) {
    const [key, number] = version === undefined ? ["against", "latest"] : ["version", version];
    const name = filter.text("name");
    if (name === undefined) throw faultAt(`filter.${key}`, "needs filter.name beside it");
    filter.refuseBeside(key, "latest", "archived", "cursor", "agent_id", "search");
    filter.limit();
    if (against !== undefined) {
      return { rows: [await storedDiff(engine, { name, version: number, against })] };
    }
    const row = await engine.templates.row(name, parseVersion(number));
    return { rows: [await withWebhooks(engine, row)] };
  }
  if (filter.has("name")) filter.refuseBeside("name", "search");
  // Who names one asks for it, put away or not.
  const isOpen = filter.text("name") !== undefined && !filter.has("archived");
  const page = await engine.env.store.listTemplates({
    ...filter.texts({ name: "name", search: "namePrefix", agent_id: "agentId" }),
    ...(!isOpen && { archived: filter.flag("archived") }),
    ...filter.cursor(),
    latest: filter.flag("latest"),
    brief,
    limit: filter.limit(),
  });
  const rows = await Promise.all(page.rows.map((row) => withWebhooks(engine, row)));
  return filter.page(rows, page.next);
}

/** The report of a version; of the one that deliveries start runs of with where they are sent. */
async function withWebhooks(engine: Engine, row: TemplateRow): Promise<JsonObject> {
  const report = templateReport(row);
  const { webhook } = storedTriggers(row.triggers);
  if (webhook.length === 0 || row.archivedAt !== null) return report;
  if (await engine.templates.newest(row.name) !== row.version) return report;
  return { ...report, webhooks: webhook.map((hook) => webhookReport(row.name, hook)) };
}

async function queryDecisions(engine: Engine, filter: Filter): Promise<QueryReply> {
  const { store } = engine.env;
  const status = filter.oneOf<DecisionStatus>("status");
  const order = filter.oneOf<DecisionOrder>("order");
  if (order === "deadline" && status !== undefined && status !== "pending") {
    throw faultAt("filter.order", "deadline is an order of those that are pending");
  }
  const criteria: Omit<DecisionFilter, "limit"> = {
    ...(status && { status }),
    ...(order && { order }),
    ...filter.texts({
      decision_id: "id",
      workflow_id: "runId",
      agent_id: "agentId",
      target_agent_id: "targetAgentId",
    }),
  };
  const limit = filter.limit();
  const page = await store.listDecisions({
    ...criteria,
    ...filter.cursor(),
    room: LARGEST_ANSWER,
    limit,
  });
  const workflowId = filter.text("workflow_id");
  if (page.rows.length === 0 && workflowId !== undefined) await checkWorkflow(engine, workflowId);
  return {
    ...filter.page(decisionReports(page.rows).reports, page.next),
    ...filter.flag("total") && totalOf(await store.countDecisions({ ...criteria, limit })),
  };
}

async function querySchedules(engine: Engine, filter: Filter): Promise<QueryReply> {
  const status = filter.oneOf<ScheduleStatus>("status");
  const page = await engine.env.store.listSchedules({
    ...(status && { status }),
    ...filter.texts({
      id: "id",
      name: "name",
      template_name: "templateName",
      agent_id: "agentId",
    }),
    ...filter.cursor(),
    limit: filter.limit(),
  });
  const rows = await Promise.all(page.rows.map((row) => reported(engine, row)));
  return filter.page(rows, page.next);
}

const QUERIES: Record<
  Exclude<QueryResource, "actions">,
  (engine: Engine, filter: Filter, brief: boolean) => Promise<QueryReply>
> = {
  workflows: queryRuns,
  events: queryEvents,
  templates: queryTemplates,
  decisions: queryDecisions,
  schedules: querySchedules,
};

/** Interrupted steps that a list names of one run; its status has all. */
const MOST_INTERRUPTED = 20;

/** A run in a list: no definition, no steps; of large texts only how large they are. */
export function runSummary(summary: RunSummary): JsonObject {
  const { run, parentId, params, paramsSize, output, outputSize } = summary;
  const lacksParams = params === null && paramsSize > 0;
  const lacksOutput = output === null && outputSize > LARGEST_LISTED;
  const { interrupted, ...halt } = storedHalt(run);
  const isLeft = halt.removed_at === undefined;
  const lacksSteps = (interrupted?.length ?? 0) > MOST_INTERRUPTED;
  return {
    id: run.id,
    name: run.templateName,
    template_name: run.templateName,
    template_version: formatVersion(run.templateVersion),
    status: run.status,
    agent_id: run.agentId,
    ...originOf(run, parentId) as JsonObject,
    ...(params !== null && isLeft && { input_params: parseJson(params) }),
    ...(lacksParams && { input_params_size: paramsSize }),
    ...(output !== null && { output: parseJson(output) }),
    ...(lacksOutput && { output_size: outputSize }),
    ...halt as JsonObject,
    ...(interrupted && { interrupted: interrupted.slice(0, MOST_INTERRUPTED) }),
    ...((lacksParams || lacksOutput || lacksSteps) && { truncated: true }),
    ...(run.error !== null && { error: parseJson(run.error) }),
    created_at: rfc3339(run.createdAt),
    ...(run.startedAt !== null && { started_at: rfc3339(run.startedAt) }),
    ...(run.completedAt !== null && { completed_at: rfc3339(run.completedAt) }),
    updated_at: rfc3339(run.updatedAt),
  };
}

/** A template version with everything it was defined with. */
export function templateReport(row: TemplateRow): JsonObject {
  const optional = (key: string, text: string | null) =>
    text === null ? {} : { [key]: parseJson(text) };
  return {
    name: row.name,
    version: formatVersion(row.version),
    ...(row.description !== null && { description: row.description }),
    definition: parseJson(row.definition),
    ...optional("input_schema", row.inputSchema),
    ...optional("output_schema", row.outputSchema),
    ...optional("triggers", row.triggers),
    agent_id: row.agentId,
    created_at: rfc3339(row.createdAt),
    ...(row.archivedAt !== null && { archived_at: rfc3339(row.archivedAt) }),
  };
}
