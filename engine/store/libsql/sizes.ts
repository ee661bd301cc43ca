// How large a database's files are.

import { stat } from "node:fs/promises";
import { realDatabasePath } from "./lock.ts";

/** Bytes of the database and of its log; 0 of one that is not there. */
export async function databaseSizes(path: string): Promise<{ data: number; log: number }> {
  const real = realDatabasePath(path);
  const [data, log] = await Promise.all([bytesOf(real), bytesOf(`${real}-wal`)]);
  return { data, log };
}

async function bytesOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
