// A database on a PostgreSQL server as the place of a store.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeSynced } from "../../../core/sync.ts";
import type { StorePlace } from "../place.ts";
import { NO_COPIES } from "./fault.ts";
import { serverAddress } from "./url.ts";

export interface PostgresPlaceOptions {
  /** The data directory of this process. */
  home: string;
  /** When the URL has none. */
  password: string | undefined;
  /** How long this process counts as alive when it is not heard of, ms; undefined: the usual. */
  leaseMs: number | undefined;
  /** How the directory is taken for this process: its files are nobody else's. May write what that needs. */
  taking: () => Promise<Pick<StorePlace, "lock" | "files" | "ownCheck" | "needed" | "made">>;
}

/** The file that says which of the nodes this is. */
const INSTANCE = "instance";

/** `url`: VALIDATION_ERROR when it is none, before anything is written. */
export async function postgresPlace(
  url: string,
  { home, password, leaseMs, taking }: PostgresPlaceOptions,
): Promise<StorePlace> {
  const address = serverAddress(url, password);
  const { lock, files, ownCheck, needed, made } = await taking();
  return {
    inMemory: false,
    needed,
    made,
    directory: null,
    lock,
    files: () => [join(home, INSTANCE), ...files()],
    sizes: async () => null,
    ownCheck,
    noCopies: NO_COPIES,
    restoring: () => null,
    examine: async (now) => await (await import("./examine.ts")).examine(address, now),
    async transfer(use, version) {
      const { openTransfer } = await import("./transfer.ts");
      const node = () => ({ instance: instanceOf(home), version });
      return await openTransfer({ address, node }, use);
    },
    async opener() {
      const { openPostgresStore } = await import("./open.ts");
      const node = { instance: instanceOf(home), shared: true, leaseMs };
      return (given) => openPostgresStore({ ...given, address, node });
    },
  };
}

/** What stays the same of a data directory: which of the nodes it has been before. */
function instanceOf(home: string): string {
  const file = join(home, INSTANCE);
  try {
    const known = readFileSync(file, "utf8").trim();
    if (known !== "") return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const made = randomUUID();
  writeSynced(file, Buffer.from(`${made}\n`), 0o600);
  return made;
}
