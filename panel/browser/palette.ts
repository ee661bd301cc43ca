// When the palette is loaded: once somebody asks for it; the same key closes it again.

import type { Around } from "../context.ts";
import { PALETTE_DIALOG } from "../parts/shell-tools.tsx";

/** `fails`: hears why it did not open. */
export async function togglePalette(around: Around, fails: (why: string) => void): Promise<void> {
  const open = document.querySelector<HTMLDialogElement>("dialog[open]");
  if (open) {
    // Another one asks something: that comes first.
    if (open.id === PALETTE_DIALOG) open.close();
    return;
  }
  try {
    const { openPalette } = await import("../palette/open.tsx");
    if (!document.querySelector("dialog[open]")) openPalette(around);
  } catch {
    fails("The palette could not be loaded: is the daemon there? Load the page anew.");
  }
}

/** Apple's own key there, where Control moves in a text; the other one elsewhere. */
export const IS_APPLE = typeof navigator !== "undefined" &&
  /mac|iphone|ipad/i.test(navigator.platform);
