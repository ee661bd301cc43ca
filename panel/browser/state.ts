// What the panel in a browser knows: where it is, what was read for it, and what came of the last act.

import { signal } from "@preact/signals";
import type { Theme } from "../context.ts";
import type { AnyPage, Fault, Place } from "../page.ts";
import type { Liveness } from "../shell.tsx";

export interface Shown {
  page: AnyPage | undefined;
  place: Place;
  data?: unknown;
  fault?: Fault;
}

export const shown = signal<Shown | undefined>(undefined);
export const liveness = signal<Liveness>("still");
export const notice = signal<{ text: string; isBad: boolean } | undefined>(undefined);
/** Epoch ms: that of the first paint, until the clock goes on. */
export const now = signal(0);
/** How somebody has it look; that of the first paint, until it is chosen anew. */
export const theme = signal<Theme>("system");
