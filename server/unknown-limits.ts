// Which limits are of workflows that there are not: said once a daemon serves, for nothing else would say it.

import type { JsonObject } from "../core/json.ts";
import type { Logger } from "../core/log.ts";
import { nearest } from "../core/nearest.ts";
import type { Opcode } from "../engine/api.ts";
import type { Settings } from "./settings/load.ts";

/** Names that are compared. */
const MOST = 200;

export async function tellOfUnknownLimits(
  settings: Pick<Settings, "limits.templates">,
  opcode: Pick<Opcode, "query">,
  log: Logger,
): Promise<void> {
  const latest = async (filter: JsonObject) => {
    const query = { resource: "templates" as const, filter: { latest: true, ...filter } };
    return (await opcode.query(query)).rows.map((row) => String((row as { name?: unknown }).name));
  };
  let known: string[] | undefined;
  for (const name of Object.keys(settings["limits.templates"])) {
    if ((await latest({ name, limit: 1 })).length > 0) continue;
    known ??= await latest({ limit: MOST });
    const meant = nearest(name, known);
    log.warn(`limits.templates.${name} limits nothing: there is no such workflow so far`, {
      ...(meant !== undefined && { did_you_mean: meant }),
    });
  }
}
