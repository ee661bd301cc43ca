// The route of decisions: what runs wait for somebody to decide, and what was decided.

import type { Hono } from "hono";
import type { OpcodeFor } from "../callers.ts";
import { listResponse } from "./query.ts";

export function decisionRoutes(app: Hono, opcodeFor: OpcodeFor): void {
  app.get(
    "/api/v1/decisions",
    (c) => listResponse(c, opcodeFor, { resource: "decisions", key: "decisions" }),
  );
}
