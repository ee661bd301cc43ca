// Which limits are of workflows that there are not: said once a daemon serves, for nothing else would say it.

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
  for (const name of Object.keys(settings["limits.templates"])) {
    const named = { name, latest: true, limit: 1 };
    const { rows } = await opcode.query({ resource: "templates", filter: named });
    if (rows.length > 0) continue;
    const first = { latest: true, limit: MOST };
    const all = await opcode.query({ resource: "templates", filter: first });
    const meant = nearest(name, all.rows.map((row) => String((row as { name?: unknown }).name)));
    log.warn(`limits.templates.${name} limits nothing: there is no such workflow so far`, {
      ...(meant !== undefined && { did_you_mean: meant }),
    });
  }
}
