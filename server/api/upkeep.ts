// The routes by which the daemon's data are kept in order: what goes, and a copy of what is there.

import type { Hono } from "hono";
import { OpcodeError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { EngineFacade, PruneRequest } from "../../engine/api.ts";
import type { BackupReply } from "../../engine/backup/backup.ts";
import { requireAdmin } from "../callers.ts";
import { readBody } from "./body.ts";

export const PRUNE_BODY: JsonObject = {
  type: "object",
  properties: {
    older_than: {
      type: "string",
      description: "Those that ended longer ago: a duration, or days such as 30d.",
    },
    max_runs: { type: "integer", minimum: 1, description: "All but so many of the newest." },
    dry_run: { type: "boolean", description: "Removes nothing, and tells what would be." },
  },
  additionalProperties: false,
};

export const BACKUP_BODY: JsonObject = {
  type: "object",
  properties: {
    file: {
      type: "string",
      description: "An absolute path on the daemon's machine, of a file that is not there yet.",
    },
  },
  required: ["file"],
  additionalProperties: false,
};

export interface Upkeep {
  prune: EngineFacade["prune"];
  backup(file: string): Promise<BackupReply>;
}

export function upkeepRoutes(app: Hono, upkeep: Upkeep): void {
  let isCopying = false;

  app.post("/api/v1/prune", async (c) => {
    requireAdmin(c, "remove runs");
    return c.json(await upkeep.prune(await readBody<PruneRequest>(c, PRUNE_BODY)));
  });

  app.post("/api/v1/backup", async (c) => {
    requireAdmin(c, "make a backup");
    const { file } = await readBody<{ file: string }>(c, BACKUP_BODY);
    if (isCopying) {
      throw new OpcodeError("BUSY", "a backup is being made", {
        details: { retry_after_ms: 1_000 },
      });
    }
    isCopying = true;
    try {
      return c.json(await upkeep.backup(file), 201);
    } finally {
      isCopying = false;
    }
  });
}
