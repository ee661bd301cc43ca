// What survives a process of the simulated world: the committed rows, in memory or in real files.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LibsqlStore } from "../../../engine/store/libsql/libsql-store.ts";
import { openLibsqlStore } from "../../../engine/store/libsql/open.ts";
import type { HandOver, Store } from "../../../engine/store/store.ts";
import { createMemoryStore, type MemoryStoreOptions } from "../../support/memory-store.ts";

export interface Disk {
  /** What the process that lives now reads and writes. */
  readonly store: Store;
  /** The process dies, perhaps while it commits that; the next one finds what was committed. */
  crash(during?: readonly HandOver[]): Promise<void>;
  remove(): Promise<void>;
}

export function memoryDisk(options: MemoryStoreOptions = {}): Disk {
  let store = createMemoryStore(options);
  return {
    get store() {
      return store;
    },
    crash() {
      store = store.crash();
      return Promise.resolve();
    },
    remove: () => Promise.resolve(),
  };
}

/** Real files behind the threads of the store; a crash ends those as they are. */
export async function threadedDisk(): Promise<Disk> {
  const directory = mkdtempSync(join(tmpdir(), "opcode-sim-"));
  const open = () => openLibsqlStore({ path: join(directory, "sim.db"), durability: "normal" });
  let store: LibsqlStore = await open();
  return {
    get store() {
      return store;
    },
    async crash(during) {
      // Whether it gets through is up to the threads: either must do.
      if (during) store.commit(during).catch(() => {});
      await store.crash();
      store = await open();
    },
    async remove() {
      await store.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
