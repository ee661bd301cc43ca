// The routes of what there is to use and who uses it: actions and agents.

import type { Hono } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import { nearest } from "../../core/nearest.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { readQuery } from "./query-string.ts";

export function directoryRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.get("/api/v1/actions", (c) => {
    readQuery(c, []);
    const actions = opcodeFor(callerOf(c)).actions().map(({ name, description }) => ({
      name,
      description,
    }));
    return c.json({ actions });
  });

  app.get("/api/v1/actions/:name", (c) => {
    readQuery(c, []);
    const name = c.req.param("name");
    const all = opcodeFor(callerOf(c)).actions();
    const found = all.find((action) => action.name === name);
    if (found) return c.json(found);
    const meant = nearest(name, all.map((action) => action.name));
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new OpcodeError("NOT_FOUND", `action "${name}" not found${hint}`);
  });

  app.get("/api/v1/agents", async (c) => {
    const { limit, cursor } = readQuery(c, ["limit", "cursor"]);
    return c.json(await opcodeFor(callerOf(c)).agents({ limit, cursor }));
  });
}
