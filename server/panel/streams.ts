// The panel's own streams of events: faces of that of the API, which end when the panel is switched off.

import type { Context, Hono } from "hono";
import { type Clock, systemClock } from "../../core/clock.ts";
import { noSuchRoute, refusal } from "../http-errors.ts";

const STREAM = "/api/v1/events/stream";
/** How often somebody looks whether the panel is still on, while a stream is open, ms. */
const LOOK_MS = 1_000;
/** What of a request the API is to know. */
const HEADERS = ["host", "authorization", "cookie", "origin", "sec-fetch-site", "last-event-id"];

/** `/sse/events` of all runs, `/sse/workflows/ID` of one; their queries are those of the API. */
export function streamFaces(
  app: Hono,
  { isOn, clock = systemClock }: { isOn(): boolean; clock?: Clock },
): void {
  const open = new Set<AbortController>();
  const look = () => {
    if (open.size === 0) return;
    if (isOn()) return void clock.after(LOOK_MS, look);
    for (const stream of open) stream.abort();
    open.clear();
  };
  const serve = async (c: Context, more: Record<string, string>): Promise<Response> => {
    if (!isOn()) return noSuchRoute(c);
    const stream = new AbortController();
    const url = new URL(STREAM, c.req.url);
    url.search = new URL(c.req.url).search;
    for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
    const headers = new Headers();
    for (const name of HEADERS) {
      const value = c.req.header(name);
      if (value !== undefined) headers.set(name, value);
    }
    const { signal: left } = c.req.raw;
    const signal = AbortSignal.any([left, stream.signal]);
    const response = await app.fetch(new Request(url, { headers, signal }), c.env);
    if (!response.ok) return response;
    if (open.size === 0) clock.after(LOOK_MS, look);
    open.add(stream);
    left.addEventListener("abort", () => open.delete(stream), { once: true });
    return response;
  };
  app.get("/sse/events", (c) => serve(c, {}));
  app.get("/sse/workflows/:id", (c) => serve(c, { run: c.req.param("id") }));
  for (const path of ["/sse/events", "/sse/workflows/:id"]) {
    app.all(path, (c) => isOn() ? wrongMethod(c) : noSuchRoute(c));
  }
}

function wrongMethod(c: Context): Response {
  const response = refusal(405, "VALIDATION_ERROR", `${c.req.path} is a stream: GET opens it`);
  response.headers.set("allow", "GET, HEAD");
  return response;
}
