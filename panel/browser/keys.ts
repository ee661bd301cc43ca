// What the keys do: one opens the palette, `g` and a letter lead to a page, a digit goes to an answer, `?` tells of them.

import { KEYS_DIALOG } from "../parts/shell-tools.tsx";
import { pathOfKey } from "../shell.tsx";
import { go } from "./go.ts";
import { IS_APPLE } from "./palette.ts";

/** Between `g` and its letter, ms. */
const TOGETHER_MS = 1_500;

export function mindKeys(palette: () => void): void {
  let since = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (isForPalette(event)) {
      // Browsers have it for their own field.
      event.preventDefault();
      return palette();
    }
    if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event)) return;
    if (event.key === "g") {
      since = event.timeStamp;
      return;
    }
    const path = event.timeStamp - since < TOGETHER_MS ? pathOfKey(event.key) : undefined;
    since = -Infinity;
    if (path !== undefined) void go(path);
    else if (event.key === "?") tellOfKeys();
    else if (/^[1-9]$/.test(event.key)) goToAnswer(event.key);
  });
}

/** Also while somebody types, and with capitals locked. */
function isForPalette({ key, metaKey, ctrlKey, altKey, shiftKey }: KeyboardEvent): boolean {
  const isHeld = IS_APPLE ? metaKey && !ctrlKey : ctrlKey && !metaKey;
  return isHeld && !altKey && !shiftKey && key.toLowerCase() === "k";
}

function tellOfKeys(): void {
  (document.getElementById(KEYS_DIALOG) as HTMLDialogElement).showModal();
}

/** Of several questions the one that has the focus, else the first. An answer is final: it is not given here. */
function goToAnswer(key: string): void {
  const asked = document.activeElement?.closest(".decision") ??
    document.querySelector(".decision:has(.answer)");
  const button = asked?.querySelector<HTMLButtonElement>(`button[data-key="${key}"]`);
  if (!button || button.disabled) return;
  // Seen before it is done: Enter, as on any button, gives it.
  button.focus();
}

/** Also into the editor, which stands in a tree of its own. */
function isTyping(event: Event): boolean {
  const fields = "input, textarea, select, dialog, [contenteditable]";
  return event.composedPath().some((one) => one instanceof Element && one.matches(fields));
}
