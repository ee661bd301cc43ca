// The routes of templates: define a version, list, read one.

import type { Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { DefineRequest, Opcode } from "../../engine/api.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { readBody } from "./body.ts";
import { readQuery } from "./query-string.ts";
import { listResponse } from "./query.ts";

const DEFINE: JsonObject = {
  type: "object",
  properties: {
    name: { type: "string" },
    // Any JSON: the engine's own validation names the step and the rule.
    definition: {},
    agent_id: { type: "string" },
    description: { type: "string" },
    input_schema: { type: "object" },
    output_schema: { type: "object" },
    triggers: { type: "object" },
    dry_run: { type: "boolean" },
  },
  required: ["name", "definition", "agent_id"],
  additionalProperties: false,
};

export function templateRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.post("/api/v1/templates", async (c) => {
    const { dry_run, ...request } = await readBody<DefineRequest & { dry_run?: boolean }>(
      c,
      DEFINE,
    );
    const opcode = opcodeFor(callerOf(c));
    if (dry_run === true) return c.json(await opcode.dryRun(request));
    const reply = await opcode.define(request);
    return c.json(reply, reply.unchanged ? 200 : 201);
  });

  app.get(
    "/api/v1/templates",
    (c) => listResponse(c, opcodeFor, { resource: "templates", key: "templates" }),
  );

  app.get("/api/v1/templates/:name", async (c) => {
    readQuery(c, []);
    return c.json(await oneTemplate(opcodeFor(callerOf(c)), c.req.param("name"), "latest"));
  });

  app.get("/api/v1/templates/:name/versions/:version", async (c) => {
    readQuery(c, []);
    const { name, version } = c.req.param();
    return c.json(await oneTemplate(opcodeFor(callerOf(c)), name, version));
  });
}

async function oneTemplate(opcode: Opcode, name: string, version: string): Promise<JsonObject> {
  const { rows } = await opcode.query({
    resource: "templates",
    filter: { name, version, limit: 1 },
  });
  return rows[0]!;
}
