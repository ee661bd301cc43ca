// What the doctor says of what programs of workflows are held in: what was tried here, and holds.

import type { IsolationRow } from "../../core/isolation.ts";
import { isolationTable } from "../../engine/isolation/isolation.ts";
import { isolationSettings } from "../../server/settings/isolation.ts";
import { ApiError, createClient } from "../client.ts";
import { type Examination, fault, note, ok, type Patient, type Said, warning } from "./finding.ts";

const isolation: Examination = {
  name: "isolation",
  async look(patient): Promise<Said> {
    const { settings } = patient;
    return (await tableOf(patient)).map(({ guard, asked, available, by, remedy }) => {
      if (available) return ok(`${guard}: ${asked ? "" : "could be "}held by ${by}`);
      const text = `${guard}: ${by}`;
      if (!asked) return note(text, remedy);
      return settings.isolation === "required"
        ? fault(text, remedy ?? "isolation: auto starts programs without it")
        : warning(text, remedy);
    });
  },
};

/** That of the daemon: what holds here, in a terminal perhaps, is not what holds there. */
async function tableOf({ settings, daemon }: Patient): Promise<readonly IsolationRow[]> {
  if (daemon === undefined) return isolationTable(isolationSettings(settings));
  const { url } = daemon;
  const client = createClient({
    url,
    daemon,
    token: settings.auth_token,
    tokenFrom: "the settings",
  });
  try {
    return (await client.get("/api/v1/isolation")).guards as unknown as IsolationRow[];
  } catch (error) {
    // One of an earlier version tells nothing of it.
    if (!(error instanceof ApiError && error.status === 404)) throw error;
    return isolationTable(isolationSettings(settings));
  }
}

export const ISOLATION: readonly Examination[] = [isolation];
