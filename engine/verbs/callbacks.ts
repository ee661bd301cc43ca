// How callbacks that were not taken are looked at, and one is sent now.

import { rfc3339 } from "../../core/clock.ts";
import { OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { faultAt } from "../../core/fault-at.ts";
import type { JsonObject } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import type { CallbackPage, CallbackVerbs } from "../api.ts";
import { CALLBACK_STATUSES } from "../callbacks/api.ts";
import { GIVE_UP_MS } from "../callbacks/backoff.ts";
import { hostOf } from "../callbacks/callbacks.ts";
import { idOf } from "../callbacks/message.ts";
import { checkIdentifier } from "../identifiers.ts";
import { openCursor, sealCursor } from "../list-cursor.ts";
import { pageLimit } from "../page-limit.ts";
import type { StoredCallback } from "../store/store.ts";
import type { Engine } from "./shared.ts";
import { workflowNotFound } from "./status.ts";

const DEFAULT_ROWS = 50;

export function callbackVerbs(engine: Engine): CallbackVerbs {
  return {
    list: (page) => listCallbacks(engine, page),
    get: async (id) => callbackReport(await findCallback(engine, id)),
    async send(id) {
      engine.refuseWhenBusy();
      return callbackReport(await engine.callbacks.again(await findCallback(engine, id)));
    },
  };
}

async function listCallbacks(
  { env: { store } }: Engine,
  { limit, cursor, status, workflow_id }: CallbackPage = {},
): Promise<{ callbacks: JsonObject[]; next_cursor?: string }> {
  const count = pageLimit(limit, { initial: DEFAULT_ROWS });
  if (status !== undefined && !CALLBACK_STATUSES.includes(status)) {
    throw faultAt("status", `must be one of ${CALLBACK_STATUSES.join(", ")}`);
  }
  let runNo: number | undefined;
  if (workflow_id !== undefined) {
    const id = checkIdentifier("workflow_id", workflow_id);
    const run = await store.runHead(id);
    if (!run) throw workflowNotFound(id);
    runNo = run.runNo;
  }
  const asked: JsonObject = {
    ...(status !== undefined && { status }),
    ...(workflow_id !== undefined && { workflow_id }),
  };
  const { rows, next } = await store.listCallbacks({
    ...(status !== undefined && { givenUp: status === "given_up" }),
    ...(runNo !== undefined && { runNo }),
    ...(cursor !== undefined && { cursor: openCursor("callbacks", asked, cursor) }),
    limit: count,
  });
  return {
    callbacks: rows.map(callbackReport),
    ...(next !== null && { next_cursor: sealCursor("callbacks", asked, next) }),
  };
}

/** NOT_FOUND for one that was taken, or never was. */
async function findCallback({ env: { store } }: Engine, ref: string): Promise<StoredCallback> {
  const id = checkIdentifier("id", ref);
  const [, workflowId, seq] = /^(.+)\.(\d{1,15})$/.exec(id) ?? [];
  const run = workflowId === undefined ? null : await store.runHead(workflowId);
  const row = run && await store.callback(run.runNo, Number(seq));
  if (row) return row;
  throw callbackNotFound(id);
}

export function callbackNotFound(id: string): OpcodeError {
  return new OpcodeError(
    "NOT_FOUND",
    `callback ${quoted(id)} not found: it was taken, or never was`,
    { details: { callback: id } },
  );
}

function callbackReport(row: StoredCallback): JsonObject {
  const { workflow_id, template_name } = parseJson(row.head) as JsonObject;
  const { firstTriedAt, lastTriedAt, givenUpAt } = row;
  const time = (name: string, at: number | null) => at !== null && { [name]: rfc3339(at) };
  return {
    id: idOf(row),
    workflow_id: workflow_id!,
    sequence: row.seq,
    template_name: template_name!,
    agent_id: row.agentId,
    event: row.event,
    // The rest of the URL may be known to its owner alone.
    host: hostOf(row),
    status: givenUpAt === null ? "waiting" : "given_up",
    attempts: row.attempts,
    ...time("first_tried_at", firstTriedAt),
    ...time("last_tried_at", lastTriedAt),
    ...(row.lastError !== null && { last_error: row.lastError }),
    ...(row.isBehind && { behind: true }),
    ...(givenUpAt === null && !row.isBehind && time("next_attempt_at", row.dueAt)),
    ...(givenUpAt === null && firstTriedAt !== null &&
      time("gives_up_at", firstTriedAt + GIVE_UP_MS)),
    ...time("given_up_at", givenUpAt),
  };
}
