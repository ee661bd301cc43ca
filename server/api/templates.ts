// The routes of templates: define a version, list, read one.

import type { Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { Opcode } from "../../engine/api.ts";
import type { DefineCall } from "../../engine/contract/define.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { DEFINE_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
import { readQuery } from "./query-string.ts";
import { listResponse } from "./query.ts";

export function templateRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.post("/api/v1/templates", async (c) => {
    const { dry_run, ...request } = await readBody<DefineCall>(c, DEFINE_BODY);
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
