// What is said of one operation of the HTTP API.

import type { JsonObject } from "../../core/json.ts";

export interface Operation {
  method: "get" | "post" | "put" | "patch" | "delete";
  /** As OpenAPI writes it; what stands in braces is a text. */
  path: string;
  /** Unique; what a generated client calls it. */
  id: string;
  summary: string;
  /** The schema of each parameter of the URL's query; all may be left out. */
  query?: Readonly<Record<string, JsonObject>>;
  /** The same of headers. */
  headers?: Readonly<Record<string, JsonObject>>;
  /** The schema of the JSON body, which then is required. */
  body?: JsonObject;
  /** What it answers with when all is well, by status. */
  replies: Readonly<Record<number, Reply>>;
  /** Needs no token. */
  isOpen?: boolean;
}

export interface Reply {
  /** What it means. */
  what: string;
  schema: JsonObject;
  /** `application/json` when absent. */
  type?: string;
}

export const API = "/api/v1";
export function ok(what: string, schema: JsonObject): Record<number, Reply> {
  return { 200: { what, schema } };
}

export function object(
  properties: Record<string, JsonObject>,
  optional: string[] = [],
): JsonObject {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required };
}
