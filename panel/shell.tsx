// What stands around every page: where one can go, what this page is, and whether it is live.

import type { ComponentChildren } from "preact";
import type { Place } from "./page.ts";
import { Find, KeysHelp, ThemeChoice } from "./parts/shell-tools.tsx";

export const PLACES: readonly (readonly [path: string, name: string, key: string])[] = [
  ["/", "Dashboard", "d"],
  ["/workflows", "Workflows", "w"],
  ["/templates", "Templates", "t"],
  ["/decisions", "Decisions", "q"],
  ["/scheduler", "Scheduler", "s"],
  ["/events", "Events", "e"],
  ["/agents", "Agents", "a"],
  ["/secrets", "Secrets", "k"],
  ["/settings", "Settings", "c"],
];

/** Between two readings of a page that no event stream tells of, seconds. */
export const REREAD_S = 15;

/** Of what is shown: not followed, by the event stream, read anew now and then, the daemon is gone. */
export type Liveness = "still" | "live" | "reread" | "lost";

const LIVENESS: Record<Liveness, string> = {
  still: "",
  live: "live",
  reread: `updated every ${REREAD_S} s`,
  lost: "Reconnecting. The daemon does not answer: what you see may be old.",
};

export interface ShellProps {
  title: string;
  place: Place;
  liveness: Liveness;
  /** What was done or refused last, for a while. */
  notice?: { text: string; isBad: boolean } | undefined;
  children: ComponentChildren;
}

export function Shell({ title, place, liveness, notice, children }: ShellProps) {
  const isOpen = (path: string) =>
    path === "/" ? place.path === "/" : place.path === path || place.path.startsWith(`${path}/`) ||
      // A page of its own, since a template may have any name.
      (path === "/templates" && place.path === "/define");
  return (
    <>
      <a class="skip" href="#main">Skip to the page</a>
      <header class="side">
        <a class="brand" href="/">opcode</a>
        <Find />
        <nav aria-label="Pages of the panel">
          {PLACES.map(([path, name, key]) => (
            <a
              key={path}
              href={path}
              aria-current={isOpen(path) ? "page" : undefined}
              aria-keyshortcuts={`g ${key}`}
            >
              {name}
            </a>
          ))}
        </nav>
        <p class={`liveness ${liveness}`} role="status">{LIVENESS[liveness]}</p>
        <div class="tools">
          <ThemeChoice />
          <KeysHelp places={PLACES} />
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        <h1>
          <bdi>{title}</bdi>
        </h1>
        {children}
      </main>
      <div class="notices" role="status" aria-live="polite">
        {notice && <p class={notice.isBad ? "notice bad" : "notice"}>{notice.text}</p>}
      </div>
    </>
  );
}

/** The path of the page that a key leads to after `g`. */
export function pathOfKey(key: string): string | undefined {
  return PLACES.find(([, , mine]) => mine === key)?.[0];
}
