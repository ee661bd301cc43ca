// The routes of templates: define a version, list, read one, compare two, archive.

import type { Hono } from "hono";
import { faultAt } from "../../core/fault-at.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ArchiveRequest, Opcode } from "../../engine/api.ts";
import type { DefineCall } from "../../engine/contract/define.ts";
import { CURSOR, LISTS } from "../../engine/contract/query.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { ARCHIVE_BODY, DEFINE_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
import { namesOf, readQuery } from "./query-string.ts";
import { listResponse } from "./query.ts";

/** The schema of each parameter of the list of a template's versions. */
export const VERSION_PARAMETERS = {
  limit: LISTS.templates.filters.limit!,
  cursor: CURSOR,
} as const satisfies Record<string, JsonObject>;

/** The same of the comparison of two. */
export const DIFF_PARAMETERS = {
  from: { type: "string", description: "The version to compare with; required." },
  to: { type: "string", description: "The other one; by default the latest." },
} as const satisfies Record<string, JsonObject>;

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

  for (const verb of ["archive", "unarchive"] as const) {
    app.post(`/api/v1/templates/:name/${verb}`, async (c) => {
      const request = await readBody<Omit<ArchiveRequest, "template_name">>(c, ARCHIVE_BODY);
      const template_name = c.req.param("name");
      return c.json(await opcodeFor(callerOf(c))[verb]({ ...request, template_name }));
    });
  }

  app.get("/api/v1/templates/:name/versions", async (c) => {
    const page = readQuery(c, namesOf(VERSION_PARAMETERS));
    const { name } = c.req.param();
    const opcode = opcodeFor(callerOf(c));
    const { rows, ...more } = await opcode.query({
      resource: "templates",
      filter: { name, ...page },
      brief: true,
    });
    // An empty list would say that it has no version, which no template is without.
    if (rows.length === 0 && page.cursor === undefined) await oneTemplate(opcode, name, "latest");
    const versions = rows.map(({ definition: _, ...version }) => version);
    return c.json({ versions, ...more });
  });

  app.get("/api/v1/templates/:name/diff", async (c) => {
    const { from, to = "latest" } = readQuery(c, namesOf(DIFF_PARAMETERS));
    if (from === undefined) throw faultAt("from", "is required: the version to compare with");
    const filter = { name: c.req.param("name"), version: to, against: from, limit: 1 };
    const { rows } = await opcodeFor(callerOf(c)).query({ resource: "templates", filter });
    return c.json(rows[0]);
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
