// Whether the files that the store has open are still those that its path leads to.
//
// A file that is removed or replaced stays open: writing goes on without an error, into something
// that nobody finds again.

import { statSync } from "node:fs";
import { GONE } from "./fault.ts";

interface File {
  path: string;
  /** What was there when it was opened; null until it is there. */
  opened: Identity | null;
}

interface Identity {
  dev: bigint;
  ino: bigint;
}

export class Presence {
  readonly #files: File[];
  readonly #remedy: () => string;
  #gone: Error | null = null;

  /**
   * To be made once the database is open; one in memory is never gone. `remedy` is asked once, when
   * a file has gone, for what is to be done.
   */
  constructor(path: string, remedy: () => string) {
    this.#remedy = remedy;
    const paths = path === ":memory:" ? [] : [path, `${path}-wal`];
    this.#files = paths.map((file) => ({ path: file, opened: identify(file) ?? null }));
  }

  /** Throws, from then on, once a file is not there any more; takes some microseconds. */
  check(): void {
    if (this.#gone) throw this.#gone;
    for (const file of this.#files) {
      const found = identify(file.path);
      // The log comes to be with the first transaction.
      file.opened ??= found ?? null;
      const { opened } = file;
      if (found === undefined || opened === null) continue;
      if (found?.ino === opened.ino && found.dev === opened.dev) continue;
      const what = `${file.path} was ${found ? "replaced" : "removed"} under the running daemon`;
      // Set first: what the remedy does must not ask again.
      this.#gone = new Error(what);
      const message = `${what}, which stores nothing any more; ${this.#remedy()}`;
      throw this.#gone = Object.assign(new Error(message), { code: GONE });
    }
  }
}

/** Null when there is no such file, undefined when that cannot be seen. */
function identify(path: string): Identity | null | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found ? { dev: found.dev, ino: found.ino } : null;
  } catch {
    return undefined;
  }
}
