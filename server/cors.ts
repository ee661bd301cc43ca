// How a browser is told that pages of the origins in `allowed_origins` may ask and read answers.

import type { Context, MiddlewareHandler } from "hono";

const METHODS = "GET, POST, PUT, DELETE";

/** What MCP clients and users of the REST API send. */
const REQUEST_HEADERS = "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, " +
  "MCP-Protocol-Version, Mcp-Method, Mcp-Name";

/** What they read beside the body. */
const RESPONSE_HEADERS = "Mcp-Session-Id, WWW-Authenticate, Retry-After, Location";

/** How long a browser need not ask again, s. */
const MAX_AGE = "600";

/** Lets pages of these origins read every answer, refusals included. Never with credentials: there are none. */
export function readableBy(origins: ReadonlySet<string>): MiddlewareHandler {
  return async (c, next) => {
    await next();
    c.res.headers.append("vary", "Origin");
    const origin = c.req.header("origin");
    if (origin === undefined || !origins.has(origin)) return;
    c.res.headers.set("access-control-allow-origin", origin);
    c.res.headers.set("access-control-expose-headers", RESPONSE_HEADERS);
  };
}

/** Whether a browser asks if it may send what a page wants it to. */
export function isPreflight(c: Context): boolean {
  return c.req.method === "OPTIONS" &&
    c.req.header("access-control-request-method") !== undefined;
}

/** Yes, it may; it carries no token yet, and does nothing. */
export function preflightAnswer(c: Context): Response {
  const isPrivate = c.req.header("access-control-request-private-network") === "true";
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-methods": METHODS,
      "access-control-allow-headers": REQUEST_HEADERS,
      "access-control-max-age": MAX_AGE,
      ...(isPrivate && { "access-control-allow-private-network": "true" }),
    },
  });
}
