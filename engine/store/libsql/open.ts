// How an embedded store is opened: its writer first, then its reader.

import { OpcodeError } from "../../../core/errors.ts";
import type { OpenOptions } from "../place.ts";
import { LibsqlStore } from "./libsql-store.ts";
import type { ThreadScript } from "../../../core/thread.ts";
import { ThreadClient } from "./thread-client.ts";

export interface LibsqlOptions extends OpenOptions {
  /** A file, created if absent, or `:memory:`. The caller holds its lock. */
  path: string;
  /** The script of the store's threads when they do not run from the sources. */
  script?: ThreadScript;
}

/** Opens the store and brings its tables to the newest layout; STORE_ERROR when it cannot. */
export async function openLibsqlStore(options: LibsqlOptions): Promise<LibsqlStore> {
  const { path, durability } = options;
  const script = options.script ?? new URL("./thread.ts", import.meta.url);
  let ready = false;
  const onDeath = (error: OpcodeError) => {
    if (ready) options.onFatal?.(error);
  };
  const health = { fault: null as string | null };
  const onFault = (fault: string) => {
    if (health.fault !== null) return;
    health.fault = fault;
    options.onFault?.(fault);
  };
  const turns = new SharedArrayBuffer(2 * Float64Array.BYTES_PER_ELEMENT);
  const start = (role: "writer" | "reader") => {
    const data = { role, path, durability, ...(role === "writer" && { turns }) };
    return new ThreadClient({ script, data, onDeath, onFault });
  };

  const writer = start("writer");
  const opened = await writer.opened;
  // A database in memory belongs to its connection: there the writer's thread reads, too.
  const reader = path === ":memory:" ? writer : start("reader");
  try {
    await reader.opened;
  } catch (error) {
    await writer.close();
    throw error;
  }
  ready = true;
  const copier = () => {
    const data = { role: "copier" as const, path, durability };
    // What goes wrong with a copy says nothing of the store.
    return new ThreadClient({ script, data, onDeath: () => {}, onFault: () => {} });
  };
  return new LibsqlStore({
    writer,
    reader,
    copier: path === ":memory:" ? null : copier,
    opened,
    health,
    turns: new Float64Array(turns),
  });
}
