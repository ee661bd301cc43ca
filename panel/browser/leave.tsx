// How somebody is asked before they leave what they have written and not stored.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

const guards = new Set<() => boolean>();
const asked = signal<((goes: boolean) => void) | undefined>(undefined);

/** From now on leaving asks while that answers yes; until what it returns is called. */
export function guard(isUnsaved: () => boolean): () => void {
  guards.add(isUnsaved);
  return () => void guards.delete(isUnsaved);
}

export function isUnsaved(): boolean {
  return [...guards].some((one) => one());
}

/** At once when nothing would be lost; while somebody is being asked nobody else goes. */
export function mayLeave(): Promise<boolean> {
  if (!isUnsaved()) return Promise.resolve(true);
  if (asked.value) return Promise.resolve(false);
  return new Promise((resolve) => {
    asked.value = (goes) => {
      asked.value = undefined;
      resolve(goes);
    };
  });
}

/** A window that is closed asks in the browser's own words. */
export function mindClosing(): void {
  addEventListener("beforeunload", (event) => {
    if (isUnsaved()) event.preventDefault();
  });
}

export function LeaveDialog() {
  return asked.value ? <Asking answer={asked.value} /> : null;
}

function Asking({ answer }: { answer(goes: boolean): void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current!.showModal(), []);
  return (
    <dialog ref={dialog} aria-label="Leave this page?" onClose={() => answer(false)}>
      <h2>Leave this page?</h2>
      <p>
        What you have written is not saved. A draft of it stays in this browser, and is offered when
        you come back.
      </p>
      <div class="options">
        <button type="button" onClick={() => dialog.current!.close()}>Stay here</button>
        <button type="button" class="main" onClick={() => answer(true)}>Leave</button>
      </div>
    </dialog>
  );
}
