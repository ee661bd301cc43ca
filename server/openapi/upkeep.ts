// Which operations keep the daemon's data in order: what goes, and a copy of what is there.

import { BACKUP_BODY, PRUNE_BODY } from "../api/upkeep.ts";
import { API, object, ok, type Operation } from "./operation.ts";
import { COUNT, TEXT } from "./shapes.ts";

export const UPKEEP: Operation[] = [
  {
    method: "post",
    path: `${API}/prune`,
    id: "prune",
    summary:
      "Remove runs that have ended; without a bound, those that the settings keep no longer.",
    body: PRUNE_BODY,
    replies: ok(
      "What was removed, or would be.",
      object({
        dry_run: { const: true },
        runs: COUNT,
        emptied_runs: COUNT,
        fires: COUNT,
        events: COUNT,
        pages_returned: COUNT,
        longest_ms: COUNT,
        stopped: { const: true },
        took_ms: COUNT,
      }, ["dry_run", "fires", "pages_returned", "longest_ms", "stopped"]),
    ),
  },
  {
    method: "post",
    path: `${API}/backup`,
    id: "backup",
    summary: "Write a copy of the database, as of now, with its manifest beside it.",
    body: BACKUP_BODY,
    replies: {
      201: {
        what: "Written, whole and on the disk.",
        schema: object({
          file: TEXT,
          kind: TEXT,
          format: { const: 1 },
          opcode: TEXT,
          layout: COUNT,
          made_at: { type: "string", format: "date-time" },
          bytes: COUNT,
          sha256: TEXT,
          runs: COUNT,
          last_event_id: COUNT,
        }),
      },
    },
  },
];
