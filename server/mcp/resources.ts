// What a client can read beside the tools: every run, every template and every action, by its URI.

import { ResourceNotFoundError, type Server } from "@modelcontextprotocol/server";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Logger } from "../../core/log.ts";
import type { Opcode } from "../../engine/api.ts";
import { protocolAnswer } from "./protocol-answer.ts";
import { type Names, spelled } from "./tools/names.ts";
import { decodePosition, encodePosition, type Position } from "./resource-cursor.ts";
import {
  ACTION_TEMPLATE,
  actionOf,
  ACTIONS,
  RUN_TEMPLATE,
  runOf,
  runUri,
  TEMPLATE_TEMPLATE,
  templateOf,
  templateUri,
} from "./resource-uris.ts";
import type { Subscriptions } from "./subscriptions.ts";

const JSON_TYPE = "application/json";

/** Resources in one page of the list. */
const PAGE = 50;

/** As the protocol defines a resource. */
interface Resource {
  uri: string;
  name: string;
  title: string;
  description: string;
  mimeType: string;
  annotations?: { lastModified: string };
}

const RESOURCE_TEMPLATES = [
  {
    uriTemplate: RUN_TEMPLATE,
    name: "run",
    title: "A workflow run",
    description: "What opcode.status says of it: status, steps, outputs, events.",
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: TEMPLATE_TEMPLATE,
    name: "template",
    title: "A workflow template",
    description: "Its latest version: definition, schemas, who defined it.",
    mimeType: JSON_TYPE,
  },
  {
    uriTemplate: ACTION_TEMPLATE,
    name: "action",
    title: "What a step can do",
    description: "An action's params, output and an example.",
    mimeType: JSON_TYPE,
  },
];

const ALL_ACTIONS: Resource = {
  uri: ACTIONS,
  name: "actions",
  title: "All actions",
  description: "What each does, in a sentence; opcode://actions/{name} has its params.",
  mimeType: JSON_TYPE,
};

/** What resources and their completions need to answer. */
export interface ResourceParts {
  opcode: Opcode;
  log: Logger;
}

export function installResources(
  server: Server,
  { opcode, log, names, subscriptions }: ResourceParts & {
    names: Names;
    /** Of the session; absent where there are none. */
    subscriptions?: Subscriptions | undefined;
  },
): void {
  if (subscriptions !== undefined) {
    server.setRequestHandler(
      "resources/subscribe",
      ({ method, params: { uri } }) =>
        protocolAnswer({ method, log }, async () => {
          await subscriptions.add(uri);
          return {};
        }),
    );
    server.setRequestHandler("resources/unsubscribe", ({ params: { uri } }) => {
      subscriptions.remove(uri);
      return {};
    });
  }
  server.setRequestHandler("resources/templates/list", () => ({
    resourceTemplates: RESOURCE_TEMPLATES.map(({ description, ...shown }) => ({
      ...shown,
      description: spelled(description, names),
    })),
  }));
  server.setRequestHandler(
    "resources/list",
    ({ method, params }) =>
      protocolAnswer({ method, log }, async () => {
        const { resources, next } = await list(opcode, decodePosition(params?.cursor));
        return { resources, ...(next && { nextCursor: encodePosition(next) }) };
      }),
  );
  server.setRequestHandler(
    "resources/read",
    ({ method, params: { uri } }) =>
      protocolAnswer({ method, log }, async () => {
        const text = JSON.stringify(await read(opcode, uri));
        return { contents: [{ uri, mimeType: JSON_TYPE, text }] };
      }),
  );
}

/** The list of actions, templates by name, then runs from the newest on. */
async function list(
  opcode: Opcode,
  position: Position,
): Promise<{ resources: Resource[]; next: Position | undefined }> {
  const { resource, cursor } = position;
  const { rows, next_cursor } = await opcode.query({
    resource,
    filter: { limit: PAGE, ...(cursor !== undefined && { cursor }) },
    brief: true,
  });
  if (resource === "workflows") {
    const next = next_cursor === undefined ? undefined : { resource, cursor: next_cursor };
    return { resources: rows.map(run), next };
  }
  // The versions of a template follow each other, the latest first, maybe across pages.
  const latest = rows.filter(({ name }, at) => name !== (rows[at - 1]?.name ?? position.after));
  const after = rows.at(-1)?.name as string | undefined;
  return {
    resources: [...(cursor === undefined ? [ALL_ACTIONS] : []), ...latest.map(template)],
    next: next_cursor === undefined
      ? { resource: "workflows" }
      : { resource, cursor: next_cursor, ...(after !== undefined && { after }) },
  };
}

function run(row: JsonObject): Resource {
  const { id, template_name, template_version, status, agent_id, created_at, updated_at } = row;
  return {
    uri: runUri(String(id)),
    name: String(id),
    title: `${template_name} ${template_version}, ${status}`,
    description: `Run of ${template_name} for ${agent_id}, created ${created_at}.`,
    mimeType: JSON_TYPE,
    annotations: { lastModified: String(updated_at) },
  };
}

function template({ name, version, description, created_at }: JsonObject): Resource {
  return {
    uri: templateUri(String(name)),
    name: String(name),
    title: `${name} ${version}`,
    description: String(description ?? "A workflow template."),
    mimeType: JSON_TYPE,
    annotations: { lastModified: String(created_at) },
  };
}

async function read(opcode: Opcode, uri: string): Promise<object> {
  const found = await readKnown(opcode, uri);
  if (found === undefined) throw new ResourceNotFoundError(uri);
  return found;
}

async function readKnown(opcode: Opcode, uri: string): Promise<object | undefined> {
  if (uri === ACTIONS) {
    return { actions: (await opcode.query({ resource: "actions" })).rows };
  }
  const id = runOf(uri);
  if (id !== undefined) return await unlessMissing(() => opcode.status(id));
  const action = actionOf(uri);
  if (action !== undefined) {
    const request = { resource: "actions", filter: { name: action } } as const;
    return (await unlessMissing(() => opcode.query(request)))?.rows[0];
  }
  const name = templateOf(uri);
  if (name === undefined) return undefined;
  const { rows } = await opcode.query({ resource: "templates", filter: { name, limit: 1 } });
  return rows[0];
}

/** Neither an unknown name nor one that can be none is anything but not there. */
async function unlessMissing<T>(answer: () => Promise<T>): Promise<T | undefined> {
  try {
    return await answer();
  } catch (error) {
    if (!(error instanceof OpcodeError)) throw error;
    if (error.code !== "NOT_FOUND" && error.code !== "VALIDATION_ERROR") throw error;
    return undefined;
  }
}
