// What the REST API answers of templates: the JSON Schema of each shape.

import type { JsonObject } from "../../core/json.ts";
import { SCHEDULE_STATUSES } from "../../core/schedule-terms.ts";
import type {
  ArchiveReply,
  ChangedValue,
  DefineReply,
  DiagramReply,
  DryRunReply,
  Issue,
  ScheduleChangeReport,
  TemplateDiff,
} from "../../engine/api.ts";
import type { WebhookReport } from "../../engine/hooks/proof.ts";
import { DIAGRAM_FORMATS } from "../../engine/contract/diagram.ts";
import { COUNT, listOf, MOMENT, OBJECT, ref, shape, TEXT, TEXTS, YES } from "./shapes.ts";

/** Of definitions, and of what is stored of them. */
export const TEMPLATES: Record<string, JsonObject> = {
  Issue: shape<Issue>(["path", "code", "message", "severity"], {
    path: TEXT,
    code: TEXT,
    message: TEXT,
    severity: { type: "string", enum: ["error", "warning"] },
  }),
  Defined: shape<DefineReply>(["name", "version"], {
    name: TEXT,
    version: TEXT,
    unchanged: YES,
    webhooks: listOf(ref("Webhook")),
    warnings: listOf(ref("Issue")),
  }),
  Webhook: shape<WebhookReport>(["name", "path"], {
    name: TEXT,
    path: { ...TEXT, description: "Where deliveries are sent, after the daemon's own URL." },
    signature: { ...TEXT, description: "The headers that prove one." },
  }),
  Archived: shape<ArchiveReply>(["name", "archived"], {
    name: TEXT,
    archived: { type: "boolean" },
    archived_at: MOMENT,
    unchanged: YES,
    paused_schedules: TEXTS,
    resumed_schedules: TEXTS,
    truncated: YES,
  }),
  DryRun: shape<DryRunReply>(["dry_run", "name", "version", "report"], {
    dry_run: YES,
    name: TEXT,
    version: TEXT,
    unchanged: YES,
    report: shape<DryRunReply["report"]>([], {
      errors: listOf(ref("Issue")),
      warnings: listOf(ref("Issue")),
    }),
    levels: listOf(TEXTS),
    schedules: listOf(
      shape<ScheduleChangeReport>(["name", "change", "status"], {
        name: TEXT,
        change: { type: "string", enum: ["new", "changed", "unchanged", "retired"] },
        status: { type: "string", enum: [...SCHEDULE_STATUSES] },
        next_at: MOMENT,
      }),
    ),
    diff: ref("TemplateDiff"),
  }),
  TemplateDiff: shape<TemplateDiff>(["against", "added", "removed", "changed", "workflow"], {
    against: { type: ["string", "null"] },
    added: TEXTS,
    removed: TEXTS,
    changed: listOf(
      shape<TemplateDiff["changed"][number]>(["step_id", "fields"], {
        step_id: TEXT,
        fields: TEXTS,
      }),
    ),
    workflow: TEXTS,
    values: listOf(ref("ChangedValue")),
    values_left_out: COUNT,
    truncated: YES,
  }),
  ChangedValue: shape<ChangedValue>(["path"], {
    step_id: TEXT,
    path: TEXT,
    old: { description: "Absent when it was not there." },
    new: { description: "Absent when it is there no more." },
  }),
  Template: shape<Record<string, unknown>>(
    ["name", "version", "definition", "agent_id", "created_at"],
    {
      name: TEXT,
      version: TEXT,
      description: TEXT,
      definition: OBJECT,
      input_schema: OBJECT,
      output_schema: OBJECT,
      triggers: OBJECT,
      webhooks: listOf(ref("Webhook")),
      agent_id: TEXT,
      created_at: MOMENT,
      archived_at: MOMENT,
    },
  ),
  Version: shape<Record<string, unknown>>(["name", "version", "agent_id", "created_at"], {
    name: TEXT,
    version: TEXT,
    description: TEXT,
    agent_id: TEXT,
    created_at: MOMENT,
    archived_at: MOMENT,
  }),
  StoredDiff: shape<Record<string, unknown>>(
    ["name", "version", "diff", "agent_id", "created_at"],
    {
      name: TEXT,
      version: TEXT,
      description: TEXT,
      diff: ref("TemplateDiff"),
      agent_id: TEXT,
      created_at: MOMENT,
      archived_at: MOMENT,
    },
  ),
  Diagram: shape<DiagramReply>(["format", "diagram"], {
    format: { type: "string", enum: [...DIAGRAM_FORMATS] },
    diagram: TEXT,
  }),
};
