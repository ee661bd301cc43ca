// Real libSQL files without the cost of two threads a process, which is what most of a seed's time would be.

import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpcodeError } from "../../../core/errors.ts";
import { openReader, openWriter } from "../../../engine/store/libsql/connection.ts";
import { LibsqlStore } from "../../../engine/store/libsql/libsql-store.ts";
import type { Calls, Opened } from "../../../engine/store/libsql/messages.ts";
import { migrate } from "../../../engine/store/libsql/migrate.ts";
import { MIGRATIONS } from "../../../engine/store/libsql/migrations.ts";
import { Presence } from "../../../engine/store/libsql/presence.ts";
import { Queries } from "../../../engine/store/libsql/queries.ts";
import { runRead } from "../../../engine/store/libsql/run-read.ts";
import type { ThreadClient } from "../../../engine/store/libsql/thread-client.ts";
import { Suspects } from "../../../engine/store/libsql/suspects.ts";
import { Writer } from "../../../engine/store/libsql/writer.ts";
import { EPOCH } from "./scheduler.ts";
import type { Disk } from "./disk.ts";

/** Open connections to one set of files. */
interface Handle {
  store: LibsqlStore;
  path: string;
  close(): void;
}

/**
 * A crash takes the files as they are at that moment, database and log, to where the next process
 * finds them: what `kill -9` leaves. The shared index of the log is no part of it.
 */
export function fileDisk(): Promise<Disk> {
  const directory = mkdtempSync(join(tmpdir(), "opcode-sim-"));
  let generation = 0;
  let handle = openHandle(join(directory, "0.db"));
  return Promise.resolve({
    get store() {
      return handle.store;
    },
    crash() {
      const path = join(directory, `${++generation}.db`);
      for (const suffix of ["", "-wal"]) copyFileSync(handle.path + suffix, path + suffix);
      handle.close();
      handle = openHandle(path);
      return Promise.resolve();
    },
    remove() {
      handle.close();
      rmSync(directory, { recursive: true, force: true });
      return Promise.resolve();
    },
  });
}

function openHandle(path: string): Handle {
  // What a killed process leaves is in the page cache: to wait for the disk would prove nothing.
  const writing = openWriter(path, "normal");
  migrate(writing, MIGRATIONS, EPOCH);
  const reading = openReader(path);
  const writer = new Writer(writing, new Presence(path, () => ""));
  const suspects = new Suspects(writing);
  const queries = new Queries(reading);
  const opened: Opened = writer.opened();
  const calls: { [Name in keyof Calls]?: (...args: never[]) => unknown } = {
    commitWhole: (batch: Calls["commitWhole"]["args"][0]) => writer.commitWhole(batch),
    commitEach: (...args: Calls["commitEach"]["args"]) => writer.commitEach(...args),
    countDeaths: () => suspects.countDeaths(),
    suspect: (...args: Calls["suspect"]["args"]) => suspects.suspect(...args),
    condemn: (...args: Calls["condemn"]["args"]) => suspects.condemn(...args),
    trust: (...args: Calls["trust"]["args"]) => suspects.trust(...args),
    read: (name: Calls["read"]["args"][0], args: never) => runRead(queries, name, args),
  };
  const client = {
    call(name: keyof Calls, ...args: never[]): Promise<unknown> {
      try {
        return Promise.resolve(calls[name]!(...args));
      } catch (thrown) {
        return Promise.reject(new OpcodeError("STORE_ERROR", (thrown as Error).message));
      }
    },
  } as unknown as ThreadClient;
  return {
    store: new LibsqlStore({
      writer: client,
      copier: null,
      reader: client,
      opened,
      health: { fault: null },
      turns: new Float64Array(2),
    }),
    path,
    close() {
      reading.close();
      writing.close();
    },
  };
}
