// How what is written is kept as a draft until it is stored, and one that was left is offered.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { type Draft, DraftPlace, isSame, type Written } from "../drafts.ts";

/** From the last key until it is kept, ms. */
const REST_MS = 300;

export interface Drafting {
  /** One that was left: until it is taken up or discarded nothing else is kept in its place. */
  offered: Draft | undefined;
  isUnsaved: boolean;
  /** Whether the browser keeps drafts. */
  isKept: boolean;
  /** It is answered for: taken up, or discarded. */
  settle(isTaken: boolean): void;
  /** What is written is stored. */
  stored(): void;
}

/** `first`: what is stored. `template`: whose it is; undefined for a new one. */
export function useDraft(
  { template, first, written }: { template: string | undefined; first: Written; written: Written },
): Drafting {
  const { keep, later, now, guard } = useAround();
  const place = useMemo(() => keep && new DraftPlace(keep, template), [keep, template]);
  const [offered, setOffered] = useState<Draft>();
  const [isKept, setKept] = useState(true);
  const state = useRef({ isOffering: false, isStored: false, written });
  state.current.written = written;
  const isUnsaved = !isSame(first, written);
  const save = () => {
    const { isOffering, isStored, written: latest } = state.current;
    if (!place || isOffering || isStored) return;
    setKept(isSame(first, latest) ? place.clear() : place.write({ ...latest, at: now() }));
  };
  useEffect(() => {
    const draft = place?.read();
    if (!draft || isSame(first, draft)) return;
    state.current.isOffering = true;
    setOffered(draft);
  }, [place]);
  useEffect(() => later?.(REST_MS, save), [place, written.name, written.agent_id, written.text]);
  useEffect(() => {
    addEventListener("pagehide", save);
    return () => {
      removeEventListener("pagehide", save);
      save();
    };
  }, [place]);
  useEffect(
    () => guard?.(() => !state.current.isStored && !isSame(first, state.current.written)),
    [guard],
  );
  return {
    offered,
    isUnsaved,
    isKept,
    settle: (isTaken) => {
      state.current.isOffering = false;
      setOffered(undefined);
      if (!isTaken) save();
    },
    stored: () => {
      state.current.isStored = true;
      // One that nobody has answered for is not what was stored.
      if (!state.current.isOffering) place?.clear();
    },
  };
}
