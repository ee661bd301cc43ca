// How somebody is asked once more before something that cannot be taken back.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { useAround } from "../context.ts";

export interface ConfirmProps {
  /** On the button that asks. */
  label: ComponentChildren;
  /** What the button says to who does not see where it stands. */
  name?: string;
  title: string;
  children: ComponentChildren;
  /** On the button that does it. */
  does: string;
  /** On the button that does not. */
  leaves?: string;
  onConfirm(): void;
}

export function Confirm(
  { label, name, title, children, does, leaves = "Back", onConfirm }: ConfirmProps,
) {
  const { act } = useAround();
  const dialog = useRef<HTMLDialogElement>(null);
  const confirm = () => {
    dialog.current?.close();
    onConfirm();
  };
  return (
    <>
      <button
        type="button"
        disabled={!act}
        aria-label={name}
        onClick={() => dialog.current?.showModal()}
      >
        {label}
      </button>
      <dialog ref={dialog} aria-label={title}>
        <h2>{title}</h2>
        {children}
        <div class="options">
          <button type="button" class="main bad" onClick={confirm}>{does}</button>
          <button type="button" onClick={() => dialog.current?.close()}>{leaves}</button>
        </div>
      </dialog>
    </>
  );
}
