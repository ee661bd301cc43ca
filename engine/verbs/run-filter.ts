// Which runs a list of them is asked for, in the store's words.

import { faultAt } from "../../core/fault-at.ts";
import { isUuid } from "../../core/ids.ts";
import type { RunStatus } from "../../core/status.ts";
import { LEAST_ID, MOST_SEARCHED } from "../contract/query.ts";
import type { ListedStatus } from "../store/filters.ts";
import type { RunFilter } from "../store/store.ts";
import type { Engine } from "./shared.ts";
import type { Filter } from "./filter.ts";
import { workflowNotFound } from "./status.ts";

/** What stands before the end of an id where the rest of it is not shown. */
const CUT_OFF = "…";

/** An id, or the beginning of one. */
const ID = /^[0-9a-f-]{1,36}$/;

/** The criteria of the filter without those of its pages; VALIDATION_ERROR names what is wrong. */
export async function runCriteria(
  engine: Engine,
  filter: Filter,
): Promise<Omit<RunFilter, "limit">> {
  const status = statusOf(filter);
  const id = filter.text("id")?.toLowerCase();
  if (id !== undefined && !ID.test(id)) {
    throw faultAt("filter.id", "must be an id of a workflow, or the beginning of one");
  }
  if (id !== undefined) {
    filter.refuseBeside("id", "search", "completed_since", "completed_until");
  }
  return {
    ...(id !== undefined && { idPrefix: id }),
    ...(status && { status }),
    ...filter.texts({ agent_id: "agentId", template_name: "templateName" }),
    ...filter.times({
      since: "since",
      until: "until",
      completed_since: "completedSince",
      completed_until: "completedUntil",
    }),
    ...await parentOf(engine, filter),
    ...await searched(engine, filter),
  };
}

function statusOf(filter: Filter): ListedStatus | RunStatus[] | undefined {
  const given = filter.several<ListedStatus>("status");
  if (given === undefined) return undefined;
  if (given.length === 1) return given[0];
  if (given.includes("interrupted")) {
    throw faultAt("filter.status", "interrupted stands alone: it is how steps of a run stand");
  }
  return given as RunStatus[];
}

async function parentOf({ env }: Engine, filter: Filter): Promise<{ parentRunNo?: number }> {
  const id = filter.text("parent_workflow_id");
  if (id === undefined) return {};
  const parent = await env.store.runHead(id);
  if (!parent) throw workflowNotFound(id);
  return { parentRunNo: parent.runNo };
}

/** Those of the templates whose names begin so; where none does, those whose ids do; else those whose ids end so. */
async function searched(
  { env }: Engine,
  filter: Filter,
): Promise<Pick<RunFilter, "templateNames" | "idPrefix" | "idSuffix">> {
  const text = filter.text("search");
  if (text === undefined) return {};
  const names = await env.store.templateNames(MOST_SEARCHED + 1, text);
  if (names.length > MOST_SEARCHED) {
    throw faultAt(
      "filter.search",
      `more than ${MOST_SEARCHED} templates have names that begin so: write more of the name`,
      { limit: MOST_SEARCHED },
    );
  }
  const isEnd = text.startsWith(CUT_OFF);
  const id = text.slice(isEnd ? CUT_OFF.length : 0).toLowerCase();
  if (names.length > 0 || !ID.test(id)) return { templateNames: names };
  if (id.length >= LEAST_ID || isUuid(id)) {
    filter.refuseBeside("search", "completed_since", "completed_until");
    return isEnd || !await begins(env, id) ? { idSuffix: id } : { idPrefix: id };
  }
  throw faultAt(
    "filter.search",
    `no template has a name that begins so, and of an id ${LEAST_ID} characters are needed, of its ` +
      "beginning or its end",
  );
}

/** Whether the id of any run does. */
async function begins({ store }: Engine["env"], idPrefix: string): Promise<boolean> {
  return (await store.listRuns({ idPrefix, brief: true, limit: 1 })).rows.length > 0;
}
