// Where hooks are reached, told as whole URLs: an agent that speaks MCP alone knows no other address.

import type { Json, JsonObject } from "../../core/json.ts";

/** The reply with a `url` in the place of each `path` of its `webhooks`; as it is without any. */
export function withUrls<T extends object>(reply: T, baseUrl: string): T {
  const { webhooks } = reply as { webhooks?: Json };
  if (!Array.isArray(webhooks)) return reply;
  const told = webhooks.map((hook) => {
    const { name, path, ...rest } = hook as JsonObject;
    return { name, url: baseUrl + String(path), ...rest };
  });
  return { ...reply, webhooks: told };
}
