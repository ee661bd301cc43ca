// Where editors and agents find the JSON Schema of a workflow definition.

import type { Hono } from "hono";

export function schemaRoute(app: Hono): void {
  app.get("/schema/workflow.json", async () => {
    const { WORKFLOW_SCHEMA } = await import("../../engine/definition/schema.ts");
    return new Response(JSON.stringify(WORKFLOW_SCHEMA), {
      headers: { "content-type": "application/schema+json" },
    });
  });
}
