// Which operations start, list, show and steer runs, what they ask and what they log.

import {
  BULK_BODY,
  CANCEL_BODY,
  FORK_BODY,
  LINK_BODY,
  RERUN_BODY,
  RESOLVE_BODY,
  RUN_BODY,
  SIGNAL_BODY,
} from "../api/bodies.ts";
import { BULK_ACTIONS, type BulkAction } from "../../engine/contract/bulk.ts";
import { RUN_PARAMETERS } from "../api/diagrams.ts";
import { STREAM_PARAMETERS } from "../api/events.ts";
import { CLIENT_PARAMETER } from "../api/via.ts";
import { drawnBy, list } from "./lists.ts";
import { API, ok, type Operation } from "./operation.ts";
import { ref, TEXT } from "./shapes.ts";

const BULK_SUMMARIES: Readonly<Record<BulkAction, string>> = {
  cancel: "End all runs that a filter names",
  retry: "Try again all failed runs that a filter names",
};

export const RUNS: Operation[] = [
  {
    method: "post",
    path: `${API}/runs`,
    id: "run",
    summary: "Start a run, anew or from a step of an earlier one.",
    body: RUN_BODY,
    replies: {
      200: { what: "It has ended, or is suspended.", schema: ref("Run") },
      202: { what: "It goes on.", schema: ref("Run") },
    },
  },
  list("runs", { resource: "workflows", items: ref("RunSummary"), summary: "List runs." }),
  {
    method: "get",
    path: `${API}/runs/{id}`,
    id: "status",
    summary: "The state of a run.",
    replies: ok("How it stands.", ref("RunState")),
  },
  {
    method: "post",
    path: `${API}/runs/{id}/signal`,
    id: "signal",
    summary: "Answer, retry, skip or cancel what a run waits for, or give it data.",
    headers: CLIENT_PARAMETER,
    body: SIGNAL_BODY,
    replies: ok("What came of it.", ref("Signalled")),
  },
  ...BULK_ACTIONS.map((action): Operation => ({
    method: "post",
    path: `${API}/runs/bulk/${action}`,
    id: `bulk_${action}`,
    summary: `${BULK_SUMMARIES[action]}: without confirm only counts them.`,
    body: BULK_BODY,
    replies: ok("How many there are, or what came of it.", ref("Bulk")),
  })),
  {
    method: "post",
    path: `${API}/runs/{id}/cancel`,
    id: "cancel_run",
    summary: "End a run, and all that it has started.",
    body: CANCEL_BODY,
    replies: ok("It has ended.", ref("Signalled")),
  },
  {
    method: "post",
    path: `${API}/runs/{id}/rerun`,
    id: "rerun",
    summary: "Do a run again: the same version, params and agent, from the beginning.",
    body: RERUN_BODY,
    replies: { 202: { what: "The new run, which has begun.", schema: ref("Run") } },
  },
  {
    method: "post",
    path: `${API}/runs/{id}/fork`,
    id: "fork",
    summary: "Start a run that keeps what another one had done before a step.",
    body: FORK_BODY,
    replies: {
      200: { what: "It has ended, or is suspended.", schema: ref("Run") },
      202: { what: "It goes on.", schema: ref("Run") },
    },
  },
  {
    method: "get",
    path: `${API}/runs/{id}/diagram`,
    id: "draw_run",
    summary: "Draw a run.",
    query: drawnBy(RUN_PARAMETERS),
    replies: ok("The drawing.", ref("Diagram")),
  },
  list("decisions", {
    resource: "decisions",
    items: ref("Decision"),
    summary: "List what somebody is to decide, or has decided.",
  }),
  {
    method: "get",
    path: `${API}/decisions/{id}`,
    id: "decision",
    summary: "One decision.",
    replies: ok("The decision.", ref("Decision")),
  },
  {
    method: "post",
    path: `${API}/decisions/{id}/resolve`,
    id: "resolve",
    summary: "Decide: the run goes on with the choice.",
    headers: CLIENT_PARAMETER,
    body: RESOLVE_BODY,
    replies: ok("What came of it.", ref("Signalled")),
  },
  {
    method: "post",
    path: `${API}/decisions/{id}/link`,
    id: "link_decision",
    summary: "Make a link by which whoever has it answers a decision, without a token.",
    body: LINK_BODY,
    replies: ok("The link.", ref("DecisionLink")),
  },
  {
    method: "delete",
    path: `${API}/decisions/{id}/link`,
    id: "unlink_decision",
    summary: "Take back all links of a decision that were made up to now.",
    replies: ok("When that was.", ref("DecisionUnlinked")),
  },
  list("events", {
    resource: "events",
    items: ref("Event"),
    summary: "List events of the log: of a run in order, else the newest first.",
  }),
  {
    method: "get",
    path: `${API}/events/stream`,
    id: "follow_events",
    summary: "Follow the log live.",
    query: STREAM_PARAMETERS,
    headers: { "Last-Event-ID": { type: "string", description: "Goes before `after`." } },
    replies: {
      200: {
        what: "Server-sent events: the id, type and JSON of each.",
        schema: TEXT,
        type: "text/event-stream",
      },
    },
  },
];
