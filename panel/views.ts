// What a saved view of a list is: a name for what narrows it, as its address has that.

import { isObject, parseExact } from "./exact-json.ts";

export interface View {
  name: string;
  /** As behind the `?` of the address; empty: the whole list. */
  query: string;
}

/** The pages of lists whose views are kept. */
const VIEWED = ["/workflows", "/templates"];

export function hasViews(path: string): boolean {
  return VIEWED.includes(path);
}

/** Views that are kept of one list, and characters of a name. */
export const MOST_VIEWS = 30;
const MOST_NAME = 40;

/** What is no view, as of another version of the panel, is left out. */
export function readViews(text: string | null): View[] {
  try {
    const found = parseExact(text ?? "[]");
    return Array.isArray(found) ? found.filter(isView).slice(0, MOST_VIEWS) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is View {
  return isObject(value) && typeof value.name === "string" && value.name !== "" &&
    typeof value.query === "string";
}

/** The same for the same filter, in whatever order it is given. */
export function queryOf(filter: Readonly<Record<string, string>>): string {
  const given = Object.entries(filter).sort(([a], [b]) => a < b ? -1 : 1);
  return new URLSearchParams(given).toString();
}

/** With the view under its name in place of the old one of it, or as the last; or why not. */
export function withView(
  views: readonly View[],
  { name: given, query }: View,
): { views: View[] } | { why: string } {
  const name = given.trim();
  const at = views.findIndex((view) => view.query === query);
  if (name === "") return { why: "is required" };
  if ([...name].length > MOST_NAME) return { why: `must have at most ${MOST_NAME} characters` };
  if (views.some((view, of) => view.name === name && of !== at)) {
    return { why: "is the name of another view" };
  }
  if (at < 0 && views.length >= MOST_VIEWS) {
    return { why: `there are ${MOST_VIEWS} views already, the most of a list: delete one first` };
  }
  const view = { name, query };
  return { views: at < 0 ? [...views, view] : views.map((one, of) => of === at ? view : one) };
}
