// Which rows of a list somebody has chosen: never one that is not shown any more.

import { useRef, useState } from "preact/hooks";

export interface Selection {
  /** Ids of rows that are shown, in their order. */
  chosen: readonly string[];
  /** How often somebody has changed it. */
  changes: number;
  has(id: string): boolean;
  /** `upTo`: with all between it and the one that was changed before. */
  set(id: string, isChosen: boolean, upTo: boolean): void;
  all(isChosen: boolean): void;
}

const NONE = { ids: new Set<string>() as ReadonlySet<string>, changes: 0 };

export function useSelection(shown: readonly string[]): Selection {
  const [{ ids, changes }, setState] = useState(NONE);
  const last = useRef<string | undefined>(undefined);
  const change = (some: readonly string[], isChosen: boolean) =>
    setState((before) => {
      // What has left the list is not chosen should it come back.
      const next = new Set(shown.filter((id) => before.ids.has(id)));
      for (const id of some) isChosen ? next.add(id) : next.delete(id);
      return { ids: next, changes: before.changes + 1 };
    });
  return {
    chosen: shown.filter((id) => ids.has(id)),
    changes,
    has: (id) => ids.has(id),
    set: (id, isChosen, upTo) => {
      change(upTo ? between(shown, last.current, id) : [id], isChosen);
      last.current = id;
    },
    all: (isChosen) => change(shown, isChosen),
  };
}

/** From the one to the other as the list has them, both with it; without the one the other alone. */
export function between(shown: readonly string[], one: string | undefined, other: string) {
  const ends = [one === undefined ? -1 : shown.indexOf(one), shown.indexOf(other)].sort((a, b) =>
    a - b
  );
  return ends[0]! < 0 ? [other] : shown.slice(ends[0], ends[1]! + 1);
}
