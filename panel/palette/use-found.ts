// How the palette looks for what is written in it: a little after the last key, and what comes late is left out.

import { useEffect, useState } from "preact/hooks";
import { useAround } from "../context.ts";
import { Fault } from "../page.ts";
import { type Entry, matching } from "./entry.ts";
import { type Found, openDecisions, search } from "./search.tsx";

/** From the last key to the question, ms. */
const REST_MS = 150;
/** Decisions that are offered before anything is written. */
const MOST_OFFERED = 3;
const NOTHING: Found = { entries: [], notes: [] };

/** What the daemon has for the text, and whether that is still being asked. */
export function useFound(text: string): Found & { isAsking: boolean } {
  const around = useAround();
  const ask = around.ask!;
  const go = around.go!;
  const [decisions, setDecisions] = useState<Found>();
  const [found, setFound] = useState<{ for: string } & Found>({ for: "", ...NOTHING });
  useEffect(() => {
    openDecisions({ ask, go }).then(setDecisions, (thrown) => setDecisions(failed(thrown)));
  }, []);
  useEffect(() => {
    if (text === "") return setFound({ for: "", ...NOTHING });
    let isWanted = true;
    const cancel = around.later!(REST_MS, () => {
      search(text, { ask, go }).then(
        (reply) => isWanted && setFound({ for: text, ...reply }),
        (thrown) => isWanted && setFound({ for: text, ...failed(thrown) }),
      );
    });
    return () => {
      isWanted = false;
      cancel();
    };
  }, [text]);
  const asked = decisionsFor(text, decisions?.entries ?? []);
  const known = new Set(found.entries.map(({ id }) => id));
  return {
    entries: [...found.entries, ...asked.filter(({ id }) => !known.has(id))],
    // Both may have been refused for the same reason.
    notes: [...new Set([...found.notes, ...text === "" ? [] : decisions?.notes ?? []])],
    isAsking: found.for !== text || decisions === undefined,
  };
}

function decisionsFor(text: string, all: readonly Entry[]): Entry[] {
  if (text === "") return all.slice(0, MOST_OFFERED);
  const { near, far } = matching(all, text);
  return [...near, ...far];
}

function failed(thrown: unknown): Found {
  if (!(thrown instanceof Fault)) throw thrown;
  return { entries: [], notes: [thrown.message] };
}
