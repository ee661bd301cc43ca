// What the doctor says of what programs of workflows are held in: what was tried here, and holds.

import { isolationTable } from "../../engine/isolation/isolation.ts";
import { isolationSettings } from "../../server/engine-parts.ts";
import { type Examination, fault, note, ok, type Said, warning } from "./finding.ts";

const isolation: Examination = {
  name: "isolation",
  async look({ settings }): Promise<Said> {
    const table = await isolationTable(isolationSettings(settings));
    return table.map(({ guard, asked, available, by, remedy }) => {
      if (available) return ok(`${guard}: ${asked ? "" : "could be "}held by ${by}`);
      const text = `${guard}: ${by}`;
      if (!asked) return note(text, remedy);
      return settings.isolation === "required"
        ? fault(text, remedy ?? "isolation: auto starts programs without it")
        : warning(text, remedy);
    });
  },
};

export const ISOLATION: readonly Examination[] = [isolation];
