// What a new version of a template leaves out that the latest one has: whoever forgets it is told.

import { cut } from "../../core/text.ts";
import type { DefineRequest, Issue } from "../api.ts";
import { hookPath } from "../hooks/path.ts";
import type { TemplateRow } from "../store/store.ts";
import { storedTriggers } from "../triggers.ts";
import { formatVersion } from "../version.ts";

/** Names that a warning lists. */
const MOST_NAMED = 5;

/** A warning for each part that the request does not name; `{}` in its place is meant. */
export function droppedParts(request: DefineRequest, latest: TemplateRow | null): Issue[] {
  if (latest === null) return [];
  const version = formatVersion(latest.version);
  const gone: [string, string][] = [];
  if (request.input_schema === undefined && latest.inputSchema !== null) {
    gone.push(["input_schema", `that of ${version} is gone: params are not checked any more`]);
  }
  if (request.output_schema === undefined && latest.outputSchema !== null) {
    gone.push(["output_schema", `that of ${version} is gone: the output is not checked any more`]);
  }
  const lost = request.triggers === undefined ? lostTriggers(latest) : "";
  if (lost !== "") gone.push(["triggers", `those of ${version} are gone: ${lost}`]);
  return gone.map(([path, message]) => ({
    path,
    code: "VALIDATION_ERROR",
    message: `is left out, and ${message}; give it again to keep it`,
    severity: "warning",
  }));
}

/** Empty when there was none. */
function lostTriggers({ name, triggers }: TemplateRow): string {
  const { cron, webhook, notify } = storedTriggers(triggers);
  return [
    listed("schedules that are retired", cron.map((trigger) => `${name}.${trigger.name}`)),
    listed("hooks", webhook.map((hook) => hookPath(name, hook.name))),
    notify ? "notify" : "",
  ].filter((part) => part !== "").join("; ");
}

function listed(what: string, names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, MOST_NAMED).map((name) => cut(name, 200)).join(", ");
  const more = names.length - MOST_NAMED;
  return `${what}: ${shown}${more > 0 ? ` and ${more} more` : ""}`;
}
