// What this browser keeps for whoever uses it, under a name, as all its windows see it.

import { useEffect, useState } from "preact/hooks";
import { useAround } from "../context.ts";

/** The text that is kept, and a way to keep another (null: none); false: the browser keeps nothing. */
export function useKept(key: string): [string | null, (text: string | null) => boolean] {
  const { keep } = useAround();
  const [text, setText] = useState<string | null>(null);
  useEffect(() => {
    if (!keep) return;
    setText(keep.read(key));
    const hear = (event: StorageEvent) => {
      // Without a key all was removed.
      if (event.key === key || event.key === null) setText(keep.read(key));
    };
    addEventListener("storage", hear);
    return () => removeEventListener("storage", hear);
  }, [keep, key]);
  const write = (next: string | null) => {
    const isKept = keep?.write(key, next) ?? false;
    if (isKept) setText(next);
    return isKept;
  };
  return [text, write];
}

/** Why nothing is kept. */
export const KEEPS_NOTHING =
  "this browser keeps nothing for this page: its storage is full, or off";
