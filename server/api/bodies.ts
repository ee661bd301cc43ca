// Which bodies the routes of the verbs take: the contracts, without what the path has said.

import type { JsonObject } from "../../core/json.ts";
import { ARCHIVE } from "../../engine/contract/archive.ts";
import { BULK } from "../../engine/contract/bulk.ts";
import { DEFINE } from "../../engine/contract/define.ts";
import { SKETCH } from "../../engine/contract/diagram.ts";
import { HOOK_SAMPLE } from "../../engine/contract/hook.ts";
import { RUN } from "../../engine/contract/run.ts";
import {
  BACKFILL,
  SCHEDULE,
  SCHEDULE_CALL,
  SCHEDULE_CHANGE,
} from "../../engine/contract/schedule.ts";
import { SIGNAL } from "../../engine/contract/signal.ts";
import { CANCEL, FORK, LINK, RERUN, RESOLVE } from "../../engine/contract/steering.ts";
import type { AnyContract } from "../../engine/contract/terms.ts";

/** How long a request waits for its run by default, ms: one who wants to wait says so. */
export const REST_WAIT_MS = 0;

export const DEFINE_BODY = bodyOf(DEFINE, {
  // Any JSON: the engine's own validation names the step and the rule.
  definition: {},
});

export const ARCHIVE_BODY = bodyOf(ARCHIVE, {}, ["template_name"]);
export const SKETCH_BODY = bodyOf(SKETCH, { definition: {} });

export const RUN_BODY = bodyOf(RUN, {
  wait_ms: { ...RUN.properties.wait_ms, default: REST_WAIT_MS },
});

export const SIGNAL_BODY = bodyOf(SIGNAL, {
  wait_ms: { ...SIGNAL.properties.wait_ms, default: REST_WAIT_MS },
}, ["workflow_id"]);

export const CANCEL_BODY = bodyOf(CANCEL, {}, ["workflow_id"]);
export const RERUN_BODY = bodyOf(RERUN, {}, ["workflow_id"]);

export const FORK_BODY = bodyOf(FORK, {
  wait_ms: { ...FORK.properties.wait_ms, default: REST_WAIT_MS },
}, ["from_run"]);

export const RESOLVE_BODY = bodyOf(RESOLVE, {
  wait_ms: { ...RESOLVE.properties.wait_ms, default: REST_WAIT_MS },
}, ["decision_id"]);

export const LINK_BODY = bodyOf(LINK, {}, ["decision_id"]);

export const BULK_BODY = bodyOf(BULK, {
  // The engine names what is wrong in it, as of lists.
  filter: { type: "object" },
});

export const SCHEDULE_BODY = bodyOf(SCHEDULE, {});
export const SCHEDULE_CHANGE_BODY = bodyOf(SCHEDULE_CHANGE, {});
export const SCHEDULE_CALL_BODY = bodyOf(SCHEDULE_CALL, {});
export const BACKFILL_BODY = bodyOf(BACKFILL, {});
export const HOOK_SAMPLE_BODY = bodyOf(HOOK_SAMPLE, {});
export const CALLBACK_CALL_BODY = bodyOf(SCHEDULE_CALL, {});

/** `other`: members that are other than in the contract; `inPath`: members that the URL holds. */
function bodyOf(
  { properties, required }: AnyContract,
  other: Record<string, JsonObject>,
  inPath: readonly string[] = [],
): JsonObject {
  const inBody = (name: string) => !inPath.includes(name);
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries({ ...properties, ...other }).filter(([name]) => inBody(name)),
    ),
    required: required.filter(inBody),
    additionalProperties: false,
  };
}
