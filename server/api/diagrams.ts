// The routes of drawings: a template's plan, a run with the states of its steps, what is not stored.

import { faultAt } from "../../core/fault-at.ts";
import type { Hono } from "hono";
import type { DiagramRequest, SketchRequest } from "../../engine/api.ts";
import type { DIAGRAM } from "../../engine/contract/diagram.ts";
import { callerOf, type OpcodeFor } from "../callers.ts";
import { SKETCH_BODY } from "./bodies.ts";
import { readBody } from "./body.ts";
import { readQuery } from "./query-string.ts";

/** What the query of each route may hold: members of the contract that the path does not say. */
export const TEMPLATE_PARAMETERS = ["format", "version"] as const satisfies Member[];
export const RUN_PARAMETERS = ["format", "include_status"] as const satisfies Member[];

type Member = keyof typeof DIAGRAM.properties;

export function diagramRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.get("/api/v1/templates/:name/diagram", async (c) => {
    const given = readQuery(c, TEMPLATE_PARAMETERS);
    return c.json(
      await opcodeFor(callerOf(c)).diagram({ template_name: c.req.param("name"), ...given }),
    );
  });

  app.post("/api/v1/diagrams", async (c) => {
    const request = await readBody<SketchRequest>(c, SKETCH_BODY);
    return c.json(await opcodeFor(callerOf(c)).sketch(request));
  });

  app.get("/api/v1/runs/:id/diagram", async (c) => {
    const { include_status, ...given } = readQuery(c, RUN_PARAMETERS);
    if (include_status !== undefined && !["true", "false"].includes(include_status)) {
      throw faultAt("include_status", "must be true or false");
    }
    const request: DiagramRequest = { workflow_id: c.req.param("id"), ...given };
    if (include_status !== undefined) request.include_status = include_status === "true";
    return c.json(await opcodeFor(callerOf(c)).diagram(request));
  });
}
