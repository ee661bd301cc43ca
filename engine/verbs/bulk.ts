// How many runs are cancelled, or tried again, at once: counted first, done once the count is confirmed.

import { createHash } from "node:crypto";
import { faultAt, placeOf } from "../../core/fault-at.ts";
import { type ErrorObject, OpcodeError } from "../../core/errors.ts";
import { parseJson } from "../../core/exact-json.ts";
import { isUuid } from "../../core/ids.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { stepOfFailure } from "../../core/remedy.ts";
import type { SignalReply, SignalRequest } from "../api.ts";
import { type BulkAction, type BulkReply, type BulkRequest, MOST_BULK } from "../contract/bulk.ts";
import { checkIdentifier } from "../identifiers.ts";
import type { RunHead, RunSummary } from "../store/store.ts";
import { Filter } from "./filter.ts";
import { runSummary } from "./query.ts";
import { runCriteria } from "./run-filter.ts";
import type { Engine } from "./shared.ts";

/** Runs that are read at a time, and that are signalled at a time. */
const READ = 1_000;
const BATCH = 50;
/** Runs that an answer shows, and refusals that it tells. */
const SAMPLE = 10;
/** Letters of a digest: 132 bits. */
const DIGEST = 22;
const MOST_TOLD = 100;

/** The states of runs that each is about. */
const ABOUT = {
  cancel: ["pending", "active", "suspended"],
  retry: ["failed"],
} as const satisfies Record<BulkAction, readonly string[]>;

export interface BulkCall {
  action: BulkAction;
  request: BulkRequest;
  /** Whether who asks may signal the run. */
  may(run: RunHead): boolean;
  signal(request: SignalRequest): Promise<SignalReply>;
}

/**
 * Without `confirm` only tells how many there are. VALIDATION_ERROR for a filter that names nothing, for
 * what is no id, or more runs than one request may be about; CONFLICT when their number, or
 * they themselves, are not those confirmed.
 */
export async function bulk(engine: Engine, call: BulkCall): Promise<BulkReply> {
  const { action, request } = call;
  const { confirm, agent_id } = request;
  if (agent_id !== undefined) checkIdentifier("agent_id", agent_id);
  const { runs, left_out } = await meant(engine, call);
  const base = { action, count: runs.length, ...(left_out.length > 0 && { left_out }) };
  const digest = digestOf(runs);
  if (confirm === undefined) {
    return { ...base, digest, sample: runs.slice(0, SAMPLE).map((run) => runSummary(run)) };
  }
  if (confirm !== runs.length) {
    throw new OpcodeError(
      "CONFLICT",
      `confirm: there are ${runs.length} such runs now, not ${confirm}: nothing was done`,
      { details: { ...placeOf("confirm"), count: runs.length, confirm } },
    );
  }
  if (request.digest !== undefined && request.digest !== digest) {
    throw new OpcodeError(
      "CONFLICT",
      "digest: these are not the runs that were counted, only as many: nothing was done",
      { details: { ...placeOf("digest"), digest } },
    );
  }
  engine.refuseWhenBusy();
  return { ...base, ...await done(call, runs.map(({ run }) => run)) };
}

/** The same for the same runs alone. */
function digestOf(runs: readonly RunSummary[]): string {
  const ids = runs.map(({ run }) => run.id).sort();
  return createHash("sha256").update(ids.join()).digest("base64url").slice(0, DIGEST);
}

interface Meant {
  runs: RunSummary[];
  left_out: NonNullable<BulkReply["left_out"]>;
}

function meant(engine: Engine, call: BulkCall): Promise<Meant> {
  const { filter, workflow_ids: ids } = call.request;
  if (filter === undefined && ids === undefined) {
    throw faultAt("filter", "is required, unless workflow_ids names the runs");
  }
  if (filter !== undefined && ids !== undefined) {
    throw faultAt("workflow_ids", "has no meaning beside filter");
  }
  return ids === undefined ? filtered(engine, call) : named(engine, call, ids);
}

async function filtered(engine: Engine, { action, request, may }: BulkCall): Promise<Meant> {
  const criteria = await runCriteria(engine, new Filter("workflows", criteriaOf(action, request)));
  const runs: RunSummary[] = [];
  let cursor: string | undefined;
  do {
    const page = await engine.env.store.listRuns({ ...criteria, brief: true, limit: READ, cursor });
    for (const row of page.rows) if (may(row.run)) runs.push(row);
    if (runs.length > MOST_BULK) {
      throw faultAt(
        "filter",
        `there are more than ${MOST_BULK} such runs, the most of one request: add until, or another`,
        { limit: MOST_BULK },
      );
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return { runs, left_out: [] };
}

/** Each as it stands now: one that is over, or gone, is told apart from the others. */
async function named(
  { env }: Engine,
  { action, may }: BulkCall,
  given: readonly string[],
): Promise<Meant> {
  const ids = [...new Set(given.map((id) => id.toLowerCase()))];
  const wrong = given.findIndex((id) => !isUuid(id.toLowerCase()));
  if (wrong >= 0) throw faultAt(`workflow_ids.${wrong}`, "must be the id of a workflow");
  const about: readonly string[] = ABOUT[action];
  const found: Meant = { runs: [], left_out: [] };
  for (let at = 0; at < ids.length; at += BATCH) {
    const batch = ids.slice(at, at + BATCH);
    const pages = await Promise.all(
      batch.map((id) => env.store.listRuns({ idPrefix: id, brief: true, limit: 1 })),
    );
    for (const [of, { rows: [row] }] of pages.entries()) {
      const workflow_id = batch[of]!;
      if (!row || !may(row.run)) found.left_out.push({ workflow_id, why: "there is no such run" });
      else if (about.includes(row.run.status)) found.runs.push(row);
      else found.left_out.push({ workflow_id, why: `it is ${row.run.status}` });
    }
  }
  return found;
}

/** The filter with the states that the action is about. */
function criteriaOf(action: BulkAction, { filter = {} }: BulkRequest): JsonObject {
  if (!isObject(filter)) throw faultAt("filter", "must be an object");
  for (const name of ["limit", "cursor", "total"]) {
    if (filter[name] !== undefined) throw faultAt(`filter.${name}`, `is not for ${action} of many`);
  }
  if (Object.values(filter).every((value) => value === null)) {
    throw faultAt("filter", "must name something that the runs have in common");
  }
  const about: readonly string[] = ABOUT[action];
  const asked = new Filter("workflows", filter).several<string>("status");
  if (asked === undefined) return { ...filter, status: [...about] };
  // Those are suspended, and wait for somebody.
  if (action === "cancel" && asked.join() === "interrupted") return filter;
  const other = asked.find((status) => !about.includes(status));
  if (other === undefined) return filter;
  throw faultAt("filter.status", `${action} is of runs that are ${about.join(", ")}, not ${other}`);
}

/** A batch at a time: what else there is to do has its turns in between. */
async function done(call: BulkCall, runs: readonly RunHead[]): Promise<Partial<BulkReply>> {
  let count = 0;
  let refusals = 0;
  const refused: NonNullable<BulkReply["refused"]> = [];
  const still_failed: NonNullable<BulkReply["still_failed"]> = [];
  for (let at = 0; at < runs.length; at += BATCH) {
    await Promise.all(
      runs.slice(at, at + BATCH).map(async (run) => {
        try {
          const reply = await call.signal(signalOf(call, run));
          count++;
          if (reply.still_failed && still_failed.length < MOST_TOLD) {
            still_failed.push({ workflow_id: run.id, steps: reply.still_failed });
          }
        } catch (thrown) {
          if (!(thrown instanceof OpcodeError)) throw thrown;
          refusals++;
          const { code, message } = thrown;
          if (refused.length < MOST_TOLD) refused.push({ workflow_id: run.id, code, message });
        }
      }),
    );
  }
  return {
    done: count,
    ...(refusals > 0 && { refused_count: refusals, refused }),
    ...(still_failed.length > 0 && { still_failed }),
  };
}

function signalOf({ action, request }: BulkCall, { id, error }: RunHead): SignalRequest {
  const { reason, agent_id } = request;
  const base = {
    workflow_id: id,
    ...(reason !== undefined && { reasoning: reason }),
    ...(agent_id !== undefined && { agent_id }),
    wait_ms: 0,
  };
  if (action === "cancel") return { ...base, signal_type: "cancel" };
  const step_id = error === null
    ? undefined
    : stepOfFailure(parseJson(error) as unknown as ErrorObject);
  if (step_id !== undefined) return { ...base, signal_type: "retry", step_id };
  throw new OpcodeError("CONFLICT", "it did not fail of a step: there is none to try again");
}
