// How hooks are listed, and what has come to one is looked at.

import { rfc3339 } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import { nearest } from "../../core/nearest.ts";
import { quoted } from "../../core/text.ts";
import type { HookPage, HookVerbs } from "../api.ts";
import { MOST_ROWS } from "../contract/query.ts";
import { webhookReport } from "../hooks/proof.ts";
import { rehearse } from "../hooks/rehearsal.ts";
import { checkIdentifier } from "../identifiers.ts";
import { openCursor, sealCursor } from "../list-cursor.ts";
import { pageLimit } from "../page-limit.ts";
import type { HookRow } from "../store/store.ts";
import type { Engine } from "./shared.ts";

const DEFAULT_ROWS = 50;

export function hookVerbs(engine: Engine): HookVerbs {
  return {
    list: (page) => listHooks(engine, page),
    log: (template, name) => hookLog(engine, template, name),
    test: async (template, name, sample) => {
      const hook = await findHook(engine, template, name);
      return { ...hookReport(hook), ...await rehearse(engine.env, hook, sample) };
    },
  };
}

async function listHooks(
  engine: Engine,
  { limit, cursor, ...filter }: HookPage = {},
): Promise<{ hooks: JsonObject[]; next_cursor?: string }> {
  const count = pageLimit(limit, { initial: DEFAULT_ROWS });
  const { template_name, agent_id } = filter;
  if (template_name !== undefined) await refuseUnknown(engine, template_name);
  const asked: JsonObject = {
    ...(template_name !== undefined && { template_name }),
    ...(agent_id !== undefined && { agent_id }),
  };
  const { env, hookLog } = engine;
  const { rows, next } = await env.store.listHooks({
    ...(template_name !== undefined && { templateName: template_name }),
    ...(agent_id !== undefined && { agentId: agent_id }),
    ...(cursor !== undefined && { cursor: openCursor("hooks", asked, cursor) }),
    limit: count,
  });
  const archived = await Promise.all(
    rows.map(({ templateName }) => engine.templates.archivedAt(templateName)),
  );
  return {
    hooks: rows.map((row, i) => ({
      ...hookReport(row),
      ...hookLog.counts(row),
      ...(archived[i] !== null && { archived: true }),
    })),
    ...(next !== null && { next_cursor: sealCursor("hooks", asked, next) }),
  };
}

/** NOT_FOUND, with the nearest name, where there is no such template; one without hooks has none. */
async function refuseUnknown({ templates }: Engine, name: string): Promise<void> {
  await templates.row(checkIdentifier("template_name", name), null);
}

async function hookLog(engine: Engine, template: string, name: string): Promise<JsonObject> {
  const row = await findHook(engine, template, name);
  const { hookLog } = engine;
  return { ...hookReport(row), ...hookLog.counts(row), last_rejected: hookLog.lastRejected(row) };
}

/** NOT_FOUND with the nearest of the template's. */
async function findHook(engine: Engine, template: string, name: string): Promise<HookRow> {
  const { env } = engine;
  const templateName = checkIdentifier("template_name", template);
  const wanted = checkIdentifier("name", name);
  const row = await env.store.hook(templateName, wanted);
  if (row) return row;
  const { rows } = await env.store.listHooks({ templateName, limit: MOST_ROWS });
  if (rows.length === 0) await refuseUnknown(engine, templateName);
  const meant = nearest(wanted, rows.map((each) => each.name));
  throw hookNotFound(templateName, wanted, meant);
}

function hookNotFound(template: string, name: string, meant?: string): OpcodeError {
  const hint = meant === undefined ? "" : `; did you mean ${quoted(meant)}?`;
  return new OpcodeError(
    "NOT_FOUND",
    `template ${quoted(template)} has no hook ${quoted(name)}${hint}`,
    {
      details: {
        template_name: template,
        hook: name,
        ...(meant !== undefined && { did_you_mean: meant }),
      },
    },
  );
}

function hookReport({ templateName, name, verify, secret, map, agentId, createdAt }: HookRow) {
  return {
    template_name: templateName,
    ...webhookReport(templateName, { name, verify }),
    verify,
    ...(secret !== null && { secret }),
    ...(map !== null && { map }),
    agent_id: agentId,
    created_at: rfc3339(createdAt),
  };
}
