// Which requests come by the link of a decision, and which of these are refused before the link is read.

import type { Context } from "hono";

/** As the router has it. */
export const LINK_ROUTE = "/decide/:token";

/** Links need no token of the daemon's: each proves by itself what it may do. */
export function isLinkPath(path: string): boolean {
  return /^\/decide\/[^/]+\/?$/.test(path);
}

/**
 * Why a request may not answer: another site's page sends it. Looking is for everybody: links are opened
 * from mails and chats. `isOwn`: whether an Origin is the daemon's own.
 */
export function foreignAnswer(
  c: Context,
  isOwn: (origin: string) => boolean,
): string | undefined {
  if (c.req.method === "GET" || c.req.method === "HEAD") return undefined;
  const rule = "an answer comes from the page that the link opens, not from another site's";
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined && site !== "same-origin") return `Sec-Fetch-Site: ${rule}`;
  const origin = c.req.header("origin");
  // A page without a referrer, as ours is, sends `null`; only over TLS do browsers say the site as well.
  if (origin === undefined || origin === "null" || isOwn(origin)) return undefined;
  return `Origin: ${rule}`;
}
