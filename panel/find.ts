// Which page a path leads to.

import type { AnyPage, Place } from "./page.ts";

/** The page and what of the path it names; undefined when there is none. */
export function findPage(
  pages: readonly AnyPage[],
  url: URL,
): { page: AnyPage; place: Place } | undefined {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/+$/, "") : url.pathname;
  for (const page of pages) {
    const params = match(page.path, path);
    if (params) return { page, place: { path, params, query: url.searchParams } };
  }
  return undefined;
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = pattern.split("/");
  const given = path.split("/");
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, part] of wanted.entries()) {
    const text = decoded(given[at]!);
    if (text === undefined) return undefined;
    if (part.startsWith(":")) params[part.slice(1)] = text;
    else if (part !== text) return undefined;
  }
  return params;
}

/** Undefined for what is no percent-encoding. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The path of a page, with what it names percent-encoded, and a query without what is empty. */
export function hrefTo(
  pattern: string,
  params: Record<string, string> = {},
  query: Record<string, string | null | undefined> = {},
): string {
  const path = pattern.replaceAll(/:(\w+)/g, (_, name) => encodeURIComponent(params[name]!));
  const given = Object.entries(query).filter(([, value]) => value);
  const text = new URLSearchParams(given as [string, string][]).toString();
  return text === "" ? path : `${path}?${text}`;
}
