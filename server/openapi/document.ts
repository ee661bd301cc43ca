// How the HTTP API is described for programs: its OpenAPI document, made of the table of operations.

import type { JsonObject } from "../../core/json.ts";
import type { Operation, Reply } from "./operation.ts";
import { OPERATIONS } from "./operations.ts";
import { SCHEMAS } from "./schemas.ts";
import { ref } from "./shapes.ts";

const DESCRIPTION = "Failures are {error: {code, message, details}}; details.path names the " +
  "member that is wrong. Numbers and booleans of a query are written as JSON writes them. The " +
  "protocol endpoints of MCP (/mcp, /sse, /message) and /proof are no part of this API.";

/** The document; `version`: the daemon's. */
export function openApi(version: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const operation of OPERATIONS) {
    (paths[operation.path] ??= {})[operation.method] = described(operation);
  }
  return {
    openapi: "3.1.0",
    info: { title: "opcode", version, description: DESCRIPTION },
    // Where a token is set it is needed, and who needs none sends none.
    security: [{}, { token: [] }],
    paths,
    components: {
      schemas: { ...SCHEMAS },
      responses: {
        Failure: {
          description: "Refused, or failed.",
          content: content({
            type: "object",
            properties: { error: ref("Error") },
            required: ["error"],
          }),
        },
      },
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "auth_token, or the token of an agent.",
        },
      },
    },
  };
}

function described(operation: Operation): JsonObject {
  const { id, summary, body, replies, isOpen } = operation;
  const responses: Record<string, JsonObject> = {};
  for (const [status, reply] of Object.entries(replies)) responses[status] = answered(reply);
  return {
    operationId: id,
    summary,
    ...(isOpen && { security: [] }),
    ...withParameters(operation),
    ...(body && { requestBody: { required: true, content: content(body) } }),
    responses: { ...responses, default: { $ref: "#/components/responses/Failure" } },
  };
}

function answered({ what, schema, type }: Reply): JsonObject {
  return { description: what, content: content(schema, type) };
}

function content(schema: JsonObject, type = "application/json"): JsonObject {
  return { [type]: { schema } };
}

function withParameters({ path, query = {}, headers = {} }: Operation): JsonObject {
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name: name!,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const optional = (where: "query" | "header", all: Readonly<Record<string, JsonObject>>) =>
    Object.entries(all).map(([name, { description, ...schema }]) => ({
      name,
      in: where,
      // Several with commas between them; a parameter is given once.
      ...(schema.type === "array" && { explode: false }),
      ...(description !== undefined && { description }),
      schema,
    }));
  const parameters = [...inPath, ...optional("query", query), ...optional("header", headers)];
  return parameters.length === 0 ? {} : { parameters };
}
