// The page of everything that has happened, newest first.

import { hrefTo } from "../find.ts";
import type { Page } from "../page.ts";
import { Events } from "../parts/events.tsx";
import { type Field, Filters } from "../parts/filters.tsx";
import { runHref } from "../parts/runs.tsx";
import { Pager } from "../parts/table.tsx";
import type { EventReport, ListOf } from "../replies.ts";
import { EVENT_NAMES } from "../event-names.ts";

interface Data {
  events: EventReport[];
  next: string | undefined;
}

const FIELDS: readonly Field[] = [
  { name: "event_type", label: "Type", kind: "choice", of: EVENT_NAMES, any: "all" },
  { name: "workflow_id", label: "Run", kind: "text", hint: "its full id" },
  { name: "step_id", label: "Step", kind: "text", hint: "its full id" },
];

const NOTHING_YET =
  "Nothing has happened yet. What becomes of runs, their steps and decisions is told here.";

export const events: Page<Data> = {
  path: "/events",
  asks: [...FIELDS.map(({ name }) => name), "cursor"],
  title: () => "Events",
  async load(get, { query }) {
    const asked = [...FIELDS.map(({ name }) => name), "cursor"]
      .map((name) => [name, query.get(name)] as const);
    const path = hrefTo("/events", {}, { ...Object.fromEntries(asked), limit: "100" });
    const { events, next_cursor } = await get<ListOf<"events", EventReport>>(path);
    return { events, next: next_cursor };
  },
  follows: (_, { query }) =>
    hrefTo("", {}, { run: query.get("workflow_id") ?? undefined }).slice(1),
  View({ data: { events, next }, place }) {
    const run = place.query.get("workflow_id");
    const isNarrowed = FIELDS.some(({ name }) => place.query.get(name));
    const empty = isNarrowed ? "No event is like that." : NOTHING_YET;
    return (
      <>
        <Filters place={place} fields={FIELDS} />
        {run && (
          <p class="note">
            <a href={runHref(run)}>To the run</a>
          </p>
        )}
        <Events rows={events} empty={empty} />
        <Pager place={place} next={next} />
      </>
    );
  },
};
