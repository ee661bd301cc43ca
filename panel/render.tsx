// How a page is drawn where there is no browser: the whole document, with the data that it was drawn from.

import type { ComponentChildren } from "preact";
import { renderToString } from "preact-render-to-string";
import { AroundContext, type Theme } from "./context.ts";
import { findPage } from "./find.ts";
import { Fault, type Get, type Place, replyOf } from "./page.ts";
import { PAGES } from "./pages.ts";
import { Shell } from "./shell.tsx";
import { SignIn } from "./sign-in.tsx";
import { FaultView } from "./parts/fault-view.tsx";
import { PageView } from "./parts/page-view.tsx";

export interface DocumentRequest {
  /** Path and query. */
  href: string;
  /** Epoch ms. */
  now: number;
  /** `light` or `dark`, when somebody has chosen. */
  theme?: string | undefined;
  script: string;
  /** What the script begins with. */
  preload: readonly string[];
  /** The text of the style, which nothing in it ends. */
  style: string;
  /** What the API answers to a GET of this path behind `/api/v1`. */
  get(path: string): Promise<{ status: number; body: unknown }>;
}

/** What is embedded for the browser to go on from. */
export interface Embedded {
  now: number;
  data?: unknown;
  fault?: { status: number; code: string; message: string; details: object };
  /** There is no page before the token is given. */
  asksForToken?: true;
}

export async function renderDocument(
  request: DocumentRequest,
): Promise<{ status: number; html: string }> {
  // Not against a base: a path may begin with two slashes, and would name a host.
  const url = new URL(`http://panel${request.href}`);
  const found = findPage(PAGES, url);
  const place: Place = found?.place ?? { path: url.pathname, params: {}, query: url.searchParams };
  const get: Get = async (path) => {
    const { status, body } = await request.get(path);
    return replyOf(status, body);
  };
  try {
    if (!found) throw new Fault(404, { code: "NOT_FOUND", message: "There is no such page." });
    const data = await found.page.load(get, place);
    const title = found.page.title(data, place);
    return {
      status: 200,
      html: documentOf(request, {
        title,
        place,
        embedded: { now: request.now, data },
        body: <PageView page={found.page} data={data} place={place} />,
      }),
    };
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const { status, code, message, details } = thrown;
    const fault = { status, code, message, details };
    return {
      status: status === 0 ? 502 : status,
      html: documentOf(request, {
        title: status === 404 ? "Not found" : "Not shown",
        place,
        embedded: { now: request.now, fault },
        body: <FaultView of={thrown} place={place} />,
      }),
    };
  }
}

/** The page that asks for the token of the daemon. */
export function renderSignIn(
  request: Pick<DocumentRequest, "theme" | "script" | "preload" | "style">,
): string {
  return wrapped(request, {
    title: "Sign in",
    embedded: { now: 0, asksForToken: true },
    page: renderToString(<SignIn />),
  });
}

interface Drawn {
  title: string;
  place: Place;
  embedded: Embedded;
  body: ComponentChildren;
}

function documentOf(request: DocumentRequest, { title, place, embedded, body }: Drawn): string {
  const page = renderToString(
    <AroundContext.Provider value={{ now: () => request.now, theme: themeOf(request) }}>
      <Shell title={title} place={place} liveness="still">{body}</Shell>
    </AroundContext.Provider>,
  );
  return wrapped(request, { title, embedded, page });
}

function wrapped(
  { theme, script, preload, style }: Pick<
    DocumentRequest,
    "theme" | "script" | "preload" | "style"
  >,
  { title, embedded, page }: { title: string; embedded: Embedded; page: string },
): string {
  return `<!doctype html>
<html lang="en" data-theme="${themeOf({ theme })}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} — Opcode</title>
<style>${style}</style>
<link rel="icon" href="data:,">
<script type="application/json" id="embedded">${embeddable(embedded)}</script>
${preload.map((path) => `<link rel="modulepreload" href="${path}">\n`).join("")}\
<script type="module" src="${script}"></script>
</head>
<body><div id="panel">${page}</div></body>
</html>
`;
}

function themeOf({ theme }: Pick<DocumentRequest, "theme">): Theme {
  return theme === "dark" || theme === "light" ? theme : "system";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** JSON that cannot end the element that it stands in. */
function embeddable(value: Embedded): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}
