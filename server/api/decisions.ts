// The route of decisions: what runs wait for somebody to decide, and what was decided.

import type { Hono } from "hono";
import type { Opcode } from "../../engine/api.ts";
import { listResponse } from "./query.ts";

export function decisionRoutes(app: Hono, opcode: Opcode): void {
  app.get(
    "/api/v1/decisions",
    (c) => listResponse(c, opcode, { resource: "decisions", key: "decisions" }),
  );
}
