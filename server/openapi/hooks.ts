// Which operations are about hooks: deliveries that come in, and what became of them.

import type { JsonObject } from "../../core/json.ts";
import { HOOK_SCHEMES } from "../../core/hook-terms.ts";
import { HOOK_SAMPLE_BODY } from "../api/bodies.ts";
import { HOOK_PARAMETERS } from "../api/hooks.ts";
import { LONGEST_HOOK_WAIT_MS } from "../hooks.ts";
import { API, object, ok, type Operation } from "./operation.ts";
import { ANY, COUNT, ID, listOf, MOMENT, ref, RUN_STATUS, shape, TEXT, YES } from "./shapes.ts";

const OF_HOOK = {
  template_name: TEXT,
  name: TEXT,
  path: { type: "string", description: "Where deliveries are sent." },
  verify: { type: "string", enum: [...HOOK_SCHEMES] },
  signature: { type: "string", description: "The headers that prove a delivery." },
  secret: { type: "string", description: "The name of the secret in the vault." },
  map: { type: "string", description: "The jq program that makes the params." },
  agent_id: TEXT,
  created_at: MOMENT,
};
const HOOK = {
  ...OF_HOOK,
  since: { ...MOMENT, description: "When the counts began: the daemon's start." },
  accepted: COUNT,
  replayed: { ...COUNT, description: "Those that had come before." },
  rejected: COUNT,
  archived: { ...YES, description: "Its template is put away: no delivery starts a run." },
};
const isRequired = (name: string) => !["signature", "secret", "map", "archived"].includes(name);
const REQUIRED_OF_HOOK = Object.keys(OF_HOOK).filter(isRequired);
const REQUIRED = Object.keys(HOOK).filter(isRequired);

export const HOOK_SCHEMAS: Record<string, JsonObject> = {
  Hook: shape<Record<string, unknown>>(REQUIRED, HOOK),
  HookLog: shape<Record<string, unknown>>([...REQUIRED, "last_rejected"], {
    ...HOOK,
    last_rejected: listOf(object({
      at: MOMENT,
      method: TEXT,
      reason: TEXT,
      body_bytes: COUNT,
      query_bytes: COUNT,
      delivery_id: TEXT,
    }, ["body_bytes", "delivery_id"])),
  }),
  HookTest: shape<Record<string, unknown>>([...REQUIRED_OF_HOOK, "outcome", "verification"], {
    ...OF_HOOK,
    outcome: {
      type: "string",
      enum: ["run", "replayed", "challenge", "refused"],
      description: "What a delivery would come to; nothing was started.",
    },
    verification: { type: "string", enum: ["verified", "not verified", "not asked for"] },
    reason: { type: "string", description: "Why it is not verified." },
    delivery_id: TEXT,
    workflow_id: { ...ID, description: "The run that the same delivery has started." },
    params: { type: "object", description: "What the run would be given." },
    error: ref("Error"),
  }),
  Delivered: shape<Record<string, unknown>>(["workflow_id", "status"], {
    workflow_id: ID,
    status: RUN_STATUS,
    replayed: { ...YES, description: "The delivery had come before: this is its run." },
    waiting: { type: "boolean", description: "The run goes on." },
    output: ANY,
    error: object({ code: TEXT, message: TEXT }),
  }),
};

export const HOOKS: Operation[] = [
  {
    method: "post",
    path: "/hooks/{template}/{name}",
    id: "deliver",
    summary: "Deliver something to a hook, which starts a run; the hook says how it is verified.",
    isOpen: true,
    query: {
      wait_ms: {
        type: "integer",
        minimum: 0,
        maximum: LONGEST_HOOK_WAIT_MS,
        default: 0,
        description: "How long to wait for the run; all other parameters are the delivery's.",
      },
    },
    replies: {
      200: {
        what: "It has ended, or is suspended; or a challenge of Slack's is answered.",
        schema: { anyOf: [ref("Delivered"), object({ challenge: TEXT })] },
      },
      202: { what: "The run has begun.", schema: ref("Delivered") },
    },
  },
  {
    method: "get",
    path: `${API}/hooks`,
    id: "list_hooks",
    summary: "List the hooks of the templates' latest versions.",
    query: HOOK_PARAMETERS,
    replies: ok(
      "A page of them.",
      object({ hooks: listOf(ref("Hook")), next_cursor: TEXT }, ["next_cursor"]),
    ),
  },
  {
    method: "get",
    path: `${API}/hooks/{template}/{name}/log`,
    id: "hook_log",
    summary: "A hook with the last deliveries that it has rejected.",
    replies: ok("The newest first.", ref("HookLog")),
  },
  {
    method: "post",
    path: `${API}/hooks/{template}/{name}/test`,
    id: "test_hook",
    summary: "What a delivery to a hook would come to: nothing is started, stored or counted.",
    body: HOOK_SAMPLE_BODY,
    replies: ok("What it would come to.", ref("HookTest")),
  },
];
