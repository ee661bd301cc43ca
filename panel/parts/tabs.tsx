// How a page shows one of several sides: each has an address of its own.

import type { ComponentChildren } from "preact";
import type { Place } from "../page.ts";
import { hrefTo } from "../find.ts";
import { UnknownValue } from "./page-view.tsx";

export interface Tab {
  id: string;
  label: string;
  count?: number;
  view(): ComponentChildren;
}

export function Tabs({ place, tabs }: { place: Place; tabs: readonly Tab[] }) {
  const wanted = place.query.get("tab");
  const open = tabs.find(({ id }) => id === wanted) ?? tabs[0]!;
  const isKnown = wanted === null || wanted === "" || open.id === wanted;
  const others = Object.fromEntries(place.query);
  return (
    <>
      <nav class="tabs" aria-label="Sides of this page">
        {tabs.map(({ id, label, count }) => (
          <a
            key={id}
            href={hrefTo(place.path, {}, { ...others, tab: id === tabs[0]!.id ? "" : id })}
            aria-current={id === open.id ? "page" : undefined}
          >
            {label}
            {count !== undefined && count > 0 && <span class="number">{count}</span>}
          </a>
        ))}
      </nav>
      {!isKnown && <UnknownValue name="tab" value={wanted} known={tabs.map(({ id }) => id)} />}
      {open.view()}
    </>
  );
}
