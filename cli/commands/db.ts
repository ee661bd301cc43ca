// What `opcode db` does: tells where the data are and what there is, or moves them to another kind of store.

import type { DatabaseFlags } from "../database/flags.ts";
import { UsageError } from "../usage-error.ts";

export async function database(flags: DatabaseFlags, verb: string): Promise<number> {
  if (verb === "migrate") {
    const { migrateDatabase } = await import("../database/migrate.ts");
    return await migrateDatabase(flags);
  }
  if (verb !== "status") throw new UsageError(`db ${verb}: the verbs are status and migrate`);
  for (const name of ["to", "passwordFile", "dryRun"] as const) {
    if (flags[name] !== undefined) throw new UsageError(`--${FLAGS[name]}: is only of db migrate`);
  }
  const { databaseStatus } = await import("../database/status.ts");
  return await databaseStatus(flags);
}

const FLAGS = { to: "to", passwordFile: "password-file", dryRun: "dry-run" };
