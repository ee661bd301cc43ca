// Where programs find what the HTTP API takes and answers with.

import type { Hono } from "hono";

export function openApiRoute(app: Hono, { version }: { version: string }): void {
  app.get("/openapi.json", async (c) => {
    const { openApi } = await import("../openapi/document.ts");
    return c.json(openApi(version));
  });
}
