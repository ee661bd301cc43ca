// The routes of secrets: written and removed by name, never read; and of the vault's key.

import type { Context, Hono } from "hono";
import type { JsonObject } from "../../core/json.ts";
import type { Vault } from "../../engine/vault/vault.ts";
import { requireAdmin } from "../callers.ts";
import { readBody } from "./body.ts";
import { readQuery } from "./query-string.ts";

export const VALUE_BODY = textBody("value");
export const KEY_BODY = textBody("key");

export function secretRoutes(app: Hono, whole: Vault): void {
  /** The vault, for who may have it: asked for first in each handler. */
  const vaultFor = (c: Context): Vault => {
    requireAdmin(c, "see or change secrets");
    return whole;
  };

  app.get("/api/v1/secrets", async (c) => {
    const vault = vaultFor(c);
    readQuery(c, []);
    await vault.refresh();
    return c.json({ vault: vault.state, secrets: vault.list() });
  });

  app.put("/api/v1/secrets/:name", async (c) => {
    const vault = vaultFor(c);
    const { value } = await readBody<{ value: string }>(c, VALUE_BODY);
    const name = c.req.param("name");
    const { created } = await vault.set(name, value);
    return c.json({ name, created }, created ? 201 : 200);
  });

  app.delete("/api/v1/secrets/:name", async (c) => {
    const vault = vaultFor(c);
    readQuery(c, []);
    const name = c.req.param("name");
    await vault.delete(name);
    return c.json({ name, deleted: true });
  });

  app.post("/api/v1/vault/unlock", async (c) => {
    const vault = vaultFor(c);
    const { key } = await readBody<{ key: string }>(c, KEY_BODY);
    await vault.unlock(key);
    return c.json({ vault: vault.state });
  });

  app.post("/api/v1/vault/rekey", async (c) => {
    const vault = vaultFor(c);
    const { key } = await readBody<{ key: string }>(c, KEY_BODY);
    return c.json({ vault: vault.state, ...await vault.rekey(key) });
  });
}

function textBody(field: string): JsonObject {
  return {
    type: "object",
    properties: { [field]: { type: "string" } },
    required: [field],
    additionalProperties: false,
  };
}
