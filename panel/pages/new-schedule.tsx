// The page on which a schedule is made.

import type { Get, Page } from "../page.ts";
import { fieldsOf } from "../params.ts";
import { type Choice, ScheduleForm } from "../parts/schedule-form.tsx";
import type { ListOf, TemplateRow } from "../replies.ts";

interface Data {
  choices: Choice[];
}

/** Templates that are offered. */
const MOST = 200;

export async function choicesOf(get: Get): Promise<Choice[]> {
  const path = `/templates?latest=true&limit=${MOST}`;
  const { templates } = await get<ListOf<"templates", TemplateRow>>(path);
  return templates.map((row) => ({
    name: row.name,
    agent_id: row.agent_id,
    fields: fieldsOf(row),
  }));
}

export const newSchedule: Page<Data> = {
  path: "/scheduler/new",
  asks: ["template"],
  title: () => "New schedule",
  load: async (get) => ({ choices: await choicesOf(get) }),
  View({ data: { choices }, place }) {
    if (choices.length === 0) {
      return (
        <div class="empty">
          <p>There is no template yet that could run by the clock.</p>
        </div>
      );
    }
    return <ScheduleForm choices={choices} template={place.query.get("template") ?? undefined} />;
  },
};
