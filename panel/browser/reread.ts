// How a page stays fresh that no event tells of: it is read anew now and then, while somebody looks.

import { REREAD_S } from "../shell.tsx";
import { liveness } from "./state.ts";

let rereading: { path: string; again(): Promise<boolean> } | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** `path`: of the page that is shown; undefined: it is not read anew. `again`: answers whether the daemon did. */
export function reread(path: string | undefined, again: () => Promise<boolean>): void {
  if (path !== undefined && rereading?.path === path) {
    rereading.again = again;
    return;
  }
  clearTimeout(timer);
  if (path !== undefined) {
    rereading = { path, again };
    liveness.value = "reread";
    wait();
  } else if (rereading) {
    rereading = undefined;
    liveness.value = "still";
  }
}

function wait(): void {
  clearTimeout(timer);
  timer = setTimeout(() => void look(), REREAD_S * 1_000);
}

async function look(): Promise<void> {
  const mine = rereading;
  if (!mine) return;
  // Nobody looks: it is read once somebody does.
  if (document.visibilityState !== "visible") return;
  const isAnswered = await mine.again();
  if (rereading !== mine) return;
  if (isAnswered) liveness.value = "reread";
  wait();
}

export function mindLooking(): void {
  document.addEventListener("visibilitychange", () => void look());
}
