// What workflow.* asks of the run it is part of: children, events, context, failure, logs, notes.

import { ForceFail, OpcodeError } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { isStorable, quoted } from "../core/text.ts";
import type { Action, ActionContext, ChildRequest, LogLevel, Mistake } from "./action.ts";
import { invalid, WORD } from "./params.ts";

/** Characters of what names a template or run; the engine's own rules are stricter. */
const LONGEST_NAME = 256;

/** It stands in streams of many protocols, and in their lists of types. */
const eventName = { ...WORD, minLength: 1 };

const run: Action = {
  name: "workflow.run",
  description: "Runs another template as a child of this run and waits for it; the step's output " +
    "is the child's. A failed child fails the step.",
  example: { template_name: "checksum", params: { text: "${{inputs.text}}" } },
  effects: "store",
  input: {
    type: "object",
    properties: {
      template_name: { type: "string", minLength: 1, maxLength: LONGEST_NAME },
      version: {
        type: "string",
        maxLength: LONGEST_NAME,
        description: 'Such as "v2"; the latest when absent.',
      },
      params: { type: "object", description: "The child's inputs." },
    },
    required: ["template_name"],
  },
  words: ["template_name", "version"],
  output: { description: "The child's output." },
  child: (params) => params as JsonObject & ChildRequest,
  execute() {
    throw new OpcodeError("ACTION_UNAVAILABLE", "workflow.run is started by its run alone");
  },
};

const emit: Action = {
  name: "workflow.emit",
  description: "Publishes an event to everybody who follows the run, once its step is committed.",
  example: { event_type: "imported", payload: { orders: "${{inputs.orders}}" } },
  effects: "store",
  input: {
    type: "object",
    properties: {
      event_type: { ...eventName, description: "The event's name; required." },
      event: { ...eventName, description: "Another name of event_type." },
      signal: { ...eventName, description: "Another name of event_type." },
      payload: { description: "Any value." },
      data: { description: "Another name of payload." },
    },
    anyOf: [{ required: ["event_type"] }, { required: ["event"] }, { required: ["signal"] }],
  },
  output: {
    type: "object",
    properties: { emitted: { type: "boolean", const: true } },
    required: ["emitted"],
  },
  execute(params, context) {
    const type = params.event_type ?? params.event ?? params.signal;
    context.workflow.emit(type as string, params.payload ?? params.data ?? null);
    return { emitted: true };
  },
};

const context: Action = {
  name: "workflow.context",
  description: "Reads the stored context of this run or of a child of it, or merges data into " +
    "this run's own; merged keys are visible as ${{context.<key>}} to the steps after it.",
  example: { action: "update", data: { last_text: "${{inputs.text}}" } },
  effects: (params) => params.action === "update" ? "store" : "none",
  input: {
    type: "object",
    properties: {
      action: { type: "string", enum: ["read", "update"] },
      workflow_id: {
        type: "string",
        maxLength: LONGEST_NAME,
        description: "The run; this one when absent.",
      },
      data: { type: "object", description: "update: keys to set." },
      agent_notes: { type: "string", description: "update: replaces the notes." },
    },
    required: ["action"],
  },
  output: {
    type: "object",
    description: "read: the context row; update: {updated, workflow_id}.",
    properties: {
      workflow_id: { type: "string" },
      agent_id: { type: "string" },
      original_intent: { type: ["string", "null"] },
      accumulated_data: { type: "object" },
      agent_notes: { type: "string" },
      created_at: { type: "string" },
      updated_at: { type: "string" },
      updated: { type: "boolean" },
    },
  },
  execute(params, context) {
    const id = (params.workflow_id || context.runId) as string;
    return params.action === "read" ? readContext(id, context) : updateContext(id, params, context);
  },
};

function readContext(id: string, context: ActionContext): Json | Promise<Json> {
  const found = (row: Json): Json => {
    if (row !== null) return row;
    throw new OpcodeError("EXECUTION_ERROR", `the run ${id} has no stored context`);
  };
  const row = context.workflow.readContext(id);
  return row instanceof Promise ? row.then(found) : found(row);
}

function updateContext(id: string, params: JsonObject, context: ActionContext): Json {
  if (id !== context.runId) {
    throw new OpcodeError("PERMISSION_DENIED", "a run can update no context but its own");
  }
  const notes = params.agent_notes as string | undefined;
  if (notes !== undefined && !isStorable(notes)) {
    throw invalid(
      "params.agent_notes",
      "must not hold NUL characters or halves of surrogate pairs",
    );
  }
  context.workflow.updateContext({
    data: params.data as JsonObject | undefined,
    agentNotes: notes,
  });
  return { updated: true, workflow_id: id };
}

const fail: Action = {
  name: "workflow.fail",
  description: "Fails the run with this reason, whatever on_error says.",
  example: { reason: "no orders for ${{inputs.text}}" },
  effects: "none",
  input: {
    type: "object",
    properties: { reason: { type: "string", minLength: 1 } },
    required: ["reason"],
  },
  output: { description: "None: the step never completes." },
  execute(params) {
    throw new ForceFail(params.reason as string);
  },
};

const LEVELS: readonly string[] = ["debug", "info", "warn", "error"];

function mistakenLevel({ level }: JsonObject): Mistake[] {
  if (typeof level !== "string" || level.includes("${{") || LEVELS.includes(level)) return [];
  const rule = `${quoted(level)} is none of ${LEVELS.join(", ")}: it is written as info`;
  return [{ param: "level", rule, isDoubt: true }];
}

const log: Action = {
  name: "workflow.log",
  description: "Writes a line to the daemon's log, with the run's and the step's id.",
  example: { message: "read ${{inputs.text}}", level: "info" },
  effects: "none",
  words: ["level"],
  mistaken: mistakenLevel,
  input: {
    type: "object",
    properties: {
      message: { type: "string", minLength: 1 },
      level: {
        type: "string",
        default: "info",
        description: "debug, info, warn or error; any other is info.",
      },
      data: { description: "Any value." },
    },
    required: ["message"],
  },
  output: {
    type: "object",
    properties: { logged: { type: "boolean", const: true } },
    required: ["logged"],
  },
  execute(params, context) {
    const level = params.level as string;
    context.workflow.log(
      (LEVELS.includes(level) ? level : "info") as LogLevel,
      params.message as string,
      params.data,
    );
    return { logged: true };
  },
};

const notify: Action = {
  name: "workflow.notify",
  description: "Tells the agent that owns the run; if it is away, once it is there. Never fails " +
    "the step.",
  example: { message: "orders are in", data: { orders: "${{inputs.orders}}" } },
  effects: "external",
  repeatable: true,
  input: {
    type: "object",
    properties: {
      message: { type: "string", minLength: 1 },
      data: { description: "Any value." },
    },
    required: ["message"],
  },
  output: {
    type: "object",
    properties: {
      notified: { type: "boolean" },
      reason: {
        type: "string",
        description: "Why not: agent_not_connected, send_failed or no_notifier.",
      },
      queued: {
        type: "boolean",
        const: true,
        description: "It is kept until the agent connects, for 7 days at most.",
      },
    },
    required: ["notified"],
  },
  async execute(params, context) {
    try {
      return { ...await context.workflow.notify(params.message as string, params.data) };
    } catch {
      return { notified: false, reason: "send_failed" };
    }
  },
};

export const workflowActions: readonly Action[] = [run, emit, context, fail, log, notify];
