// How a text is copied with one click.

import { useState } from "preact/hooks";
import { useAround } from "../context.ts";

/** How long it says so, ms. */
const SAID_MS = 2_000;

/** `what`: for those who do not see where the button stands. */
export function Copy({ text, what }: { text: string; what: string }) {
  const { act, later } = useAround();
  const [said, setSaid] = useState("Copy");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      // Beyond this machine a browser lends its clipboard to https alone.
      setSaid("Select and copy it");
    }
    later?.(SAID_MS, () => setSaid("Copy"));
  };
  return (
    <button type="button" disabled={!act} aria-label={`${said}: ${what}`} onClick={copy}>
      {said}
    </button>
  );
}
