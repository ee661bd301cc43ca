// How a look is kept: as a cookie, by which the daemon draws the next page in it from the beginning.

import type { Theme } from "../context.ts";
import { theme } from "./state.ts";

const YEAR_S = 365 * 24 * 3_600;

/** What the daemon has drawn this page in. */
export function readTheme(): void {
  theme.value = (document.documentElement.dataset.theme ?? "system") as Theme;
}

export function keepTheme(chosen: Theme): void {
  const lasts = chosen === "system" ? 0 : YEAR_S;
  document.cookie = `theme=${chosen}; path=/; max-age=${lasts}; samesite=lax`;
  document.documentElement.dataset.theme = chosen;
  theme.value = chosen;
}
