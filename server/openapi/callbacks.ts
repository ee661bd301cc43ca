// Which operations are about callbacks that were not taken.

import { CALLBACK_EVENTS } from "../../core/callback-terms.ts";
import type { JsonObject } from "../../core/json.ts";
import { CALLBACK_STATUSES } from "../../engine/callbacks/api.ts";
import { CALLBACK_PARAMETERS } from "../api/callbacks.ts";
import { CALLBACK_CALL_BODY } from "../api/bodies.ts";
import { API, object, ok, type Operation } from "./operation.ts";
import { COUNT, ID, listOf, MOMENT, ref, shape, TEXT, YES } from "./shapes.ts";

export const CALLBACK_SCHEMAS: Record<string, JsonObject> = {
  Callback: shape<Record<string, unknown>>(
    [
      ...["id", "workflow_id", "sequence", "template_name", "agent_id", "event", "host"],
      ...["status", "attempts"],
    ],
    {
      id: { type: "string", description: "The same for all its attempts." },
      workflow_id: ID,
      sequence: { ...COUNT, description: "Of the run's event." },
      template_name: TEXT,
      agent_id: TEXT,
      event: { type: "string", enum: [...CALLBACK_EVENTS] },
      host: { type: "string", description: "Of the receiver, with its port." },
      status: { type: "string", enum: [...CALLBACK_STATUSES] },
      attempts: { ...COUNT, description: "How often it was sent in vain." },
      first_tried_at: MOMENT,
      last_tried_at: MOMENT,
      last_error: { type: "string", description: "What came of the last attempt." },
      behind: { ...YES, description: "Others of its run are sent before it." },
      next_attempt_at: MOMENT,
      gives_up_at: { ...MOMENT, description: "When there is no further attempt." },
      given_up_at: MOMENT,
    },
  ),
};

export const CALLBACKS: Operation[] = [
  {
    method: "get",
    path: `${API}/callbacks`,
    id: "list_callbacks",
    summary: "List what others have not been told of runs: what waits, and what was given up.",
    query: CALLBACK_PARAMETERS,
    replies: ok(
      "A page of them, those of the oldest run first.",
      object({ callbacks: listOf(ref("Callback")), next_cursor: TEXT }, ["next_cursor"]),
    ),
  },
  {
    method: "get",
    path: `${API}/callbacks/{id}`,
    id: "get_callback",
    summary: "One callback that was not taken yet.",
    replies: ok("The callback.", ref("Callback")),
  },
  {
    method: "post",
    path: `${API}/callbacks/{id}/send`,
    id: "send_callback",
    summary: "Send a callback now; one that was given up begins anew.",
    body: CALLBACK_CALL_BODY,
    replies: ok("It is sent next.", ref("Callback")),
  },
];
