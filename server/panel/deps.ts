// What the panel's routes are told of the daemon, and which pages there are.

import type { PanelBundle } from "./bundle.ts";

export const PAGES = [
  "/",
  "/workflows",
  "/workflows/:id",
  "/templates",
  "/templates/:name",
  "/define",
  "/decisions",
  "/scheduler",
  "/scheduler/new",
  "/scheduler/:id",
  "/events",
  "/agents",
  "/secrets",
  "/settings",
];

/** Whether a page is meant, by the first part of its path. */
export function isPagePath(path: string): boolean {
  return PAGES.some((page) => page.split("/")[1] === path.split("/")[1]);
}

export interface PanelDeps {
  /** Asked at each request: it may be switched while the daemon runs. */
  isOn(): boolean;
  bundle(): Promise<PanelBundle>;
  /** What the door asks for; empty: nothing. */
  token: string;
  /** The daemon's own, which outlives it. */
  key: Uint8Array;
  /** Read at each request: it is known only once the port is bound. */
  baseUrl(): string;
}
