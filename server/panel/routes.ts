// Which routes are the panel's: its pages and their files, as long as it is on.

import type { Context, Hono } from "hono";
import { parseJson } from "../../core/exact-json.ts";
import { refusal } from "../http-errors.ts";
import { PAGES, type PanelDeps } from "./deps.ts";
import type { PanelBundle, PanelFile } from "./bundle.ts";
import { htmlResponse } from "./html.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { streamFaces } from "./streams.ts";
import { themeOf } from "./theme.ts";

export function panelRoutes(app: Hono, deps: PanelDeps): void {
  const { isOn, bundle } = deps;
  const whileOn = (serve: (c: Context) => Promise<Response>) => (c: Context) =>
    isOn() ? serve(c) : isOff(c);

  for (const path of PAGES) {
    app.get(path, whileOn(async (c) => page(c, app, await bundle())));
    app.all(path, whileOn((c) => Promise.resolve(wrongMethod(c))));
  }
  app.get(
    "/static/:file",
    whileOn(async (c) => {
      const file = (await bundle()).files.get(c.req.param("file")!);
      return file ? fileResponse(c, file) : refusal(404, "NOT_FOUND", "no such file");
    }),
  );
  // Who goes astray by hand sees where else to go.
  app.get(
    "*",
    async (c, next) => {
      const isAstray = isOn() && !isOfPrograms(c.req.path) && asksForPage(c);
      return isAstray ? await page(c, app, await bundle()) : await next();
    },
  );
  streamFaces(app, deps);
  if (deps.token !== "") signInRoutes(app, deps);
}

/** What programs ask for, whatever they say to accept. */
function isOfPrograms(path: string): boolean {
  return /^\/(?:api|mcp|hooks|sse|static)(?:\/|$)/.test(path);
}

function asksForPage(c: Context): boolean {
  return c.req.header("accept")?.includes("text/html") ?? false;
}

function isOff(c: Context): Response {
  return refusal(
    404,
    "NOT_FOUND",
    `no such route: ${c.req.method} ${c.req.path}; the panel is off (setting "panel")`,
  );
}

async function page(c: Context, app: Hono, bundle: PanelBundle): Promise<Response> {
  const { pathname, search } = new URL(c.req.url);
  const { status, html } = await bundle.draw({
    href: pathname + search,
    now: Date.now(),
    theme: themeOf(c),
    get: (path) => answerOf(c, app, path),
  });
  return htmlResponse(html, { status, styleHash: bundle.styleHash });
}

/** The API asked by a page on behalf of whoever asked for the page: past the same door. */
async function answerOf(c: Context, app: Hono, path: string) {
  const headers = new Headers();
  for (const name of ["host", "authorization", "cookie"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const url = new URL(`/api/v1${path}`, c.req.url);
  const response = await app.fetch(new Request(url, { headers, signal: c.req.raw.signal }), c.env);
  return { status: response.status, body: parseJson(await response.text()) };
}

function fileResponse(c: Context, { type, body, encoded }: PanelFile): Response {
  const accepted = c.req.header("accept-encoding") ?? "";
  const encoding = (["br", "gzip"] as const)
    .find((name) => encoded[name] && new RegExp(`\\b${name}\\b(?!;q=0)`).test(accepted));
  return new Response(encoding ? encoded[encoding]! : body, {
    headers: {
      "content-type": type,
      // Its name changes with its content.
      "cache-control": "public, max-age=31536000, immutable",
      "x-content-type-options": "nosniff",
      vary: "accept-encoding",
      ...(encoding && { "content-encoding": encoding }),
    },
  });
}

function wrongMethod(c: Context): Response {
  const response = refusal(405, "VALIDATION_ERROR", `${c.req.path} is a page: GET shows it`);
  response.headers.set("allow", "GET, HEAD");
  return response;
}
