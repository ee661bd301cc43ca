// Where an agent's lists go on: a cursor stands at a row, which may be one that the agent does not see.

import type { Rights } from "../access.ts";
import type { Engine } from "./shared.ts";

export interface Ends {
  /** The cursor of a request, at `path` in it, as the engine has it. */
  given(path: string, cursor: unknown): { cursor?: string };
  /** That of an answer, as the agent gets it. */
  told(cursor: string | undefined): { next_cursor?: string };
}

/** Those of the lists of this agent. */
export function endsFor({ veil }: Engine, { agent }: Rights): Ends {
  return {
    given: (path, cursor) =>
      typeof cursor === "string" ? { cursor: veil.open(agent, cursor, path) } : {},
    told: (cursor) => cursor === undefined ? {} : { next_cursor: veil.seal(agent, cursor) },
  };
}
