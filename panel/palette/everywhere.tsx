// What the palette offers on every page: the pages, what is made anew, and how all looks.

import type { Around, Theme } from "../context.ts";
import { PLACES } from "../shell.tsx";
import type { Entry } from "./entry.ts";

/** What has a page of its own to be made on. */
const MADE: readonly (readonly [label: string, href: string, words: string])[] = [
  ["New template", "/define", "define write workflow create"],
  ["New schedule", "/scheduler/new", "cron create"],
  ["Set a secret, or unlock the vault", "/secrets", "key password"],
  ["Archived templates", "/templates?archived=true", "put away"],
  ["The daemon's log", "/settings?tab=log", "errors warnings"],
];

const LOOKS: readonly (readonly [Theme, string])[] = [
  ["system", "Theme: system"],
  ["light", "Theme: light"],
  ["dark", "Theme: dark"],
];

export function everywhere({ go, chooseTheme, theme }: Around): Entry[] {
  const pages = PLACES.map(([path, name, key]): Entry => ({
    id: `page ${path}`,
    group: "Pages",
    label: name,
    detail: (
      <>
        <kbd>g</kbd> <kbd>{key}</kbd>
      </>
    ),
    words: "go to open",
    choose: () => go!(path),
  }));
  const made = MADE.map(([label, href, words]): Entry => ({
    id: `do ${href}`,
    group: "Do",
    label,
    words,
    choose: () => go!(href),
  }));
  const looks = LOOKS.filter(([id]) => id !== theme).map(([id, label]): Entry => ({
    id: `look ${id}`,
    group: "Do",
    label,
    words: "look colours mode",
    choose: () => chooseTheme!(id),
  }));
  return [...pages, ...made, ...looks];
}
