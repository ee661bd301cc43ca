// What `opcode diff` shows: what two stored versions of a template differ in.

import type { JsonObject } from "../../core/json.ts";
import type { TemplateDiff } from "../../engine/api.ts";
import type { CliContext } from "../context.ts";
import { diffLines } from "../dry-run.ts";
import { printJson, printLine, visible } from "../print.ts";
import { UsageError } from "../usage-error.ts";

export interface DiffFlags {
  name: string;
  /** Absent: the version before the newer one. */
  old: string | undefined;
  /** Absent: the latest. */
  new: string | undefined;
}

export async function diff({ client, json }: CliContext, flags: DiffFlags): Promise<number> {
  const { name, new: version = "latest" } = flags;
  // The latest differs in nothing from itself: what is meant is how it came about.
  const isItself = flags.old === version && flags.new === undefined;
  const against = isItself || flags.old === undefined
    ? await before(client, name, version)
    : flags.old;
  const { templates } = await client.get("/api/v1/templates", { name, version, against });
  const [row] = templates as JsonObject[];
  if (json) printJson(row!);
  else {
    printLine(visible(`${row!.name} ${row!.version}`));
    diffLines(row!.diff as unknown as TemplateDiff).forEach(printLine);
  }
  return 0;
}

async function before(
  client: CliContext["client"],
  name: string,
  version: string,
): Promise<string> {
  const path = `/api/v1/templates/${encodeURIComponent(name)}`;
  const { version: newer } = await client.get(`${path}/versions/${encodeURIComponent(version)}`);
  const number = Number(String(newer).slice(1));
  // Versions count up from 1, and none is ever removed.
  if (number > 1) return `v${number - 1}`;
  throw new UsageError(`${name} has no version before v1 to compare it with`);
}
