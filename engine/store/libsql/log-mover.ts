// How the log is moved into the database beside commits: by a thread of its own, while much is written or copied.

import type { ThreadClient } from "./thread-client.ts";

/** From one move to the next while much is written, ms. */
const EVERY_MS = 250;
/**
 * A log of so many pages (64 MiB) is left to the writer for once, after the thread: only what was
 * committed meanwhile is to be moved then, and once all is, the log begins anew.
 */
const MOST_PAGES = 16_384;

export class LogMover {
  readonly #writer: ThreadClient;
  readonly #start: () => ThreadClient;
  /** How many are at work: the writer moves the log itself when there are none. */
  #users = 0;
  /** Threads that do nothing else. */
  readonly #movers = new Set<ThreadClient>();

  /** `start` starts a thread with a connection of its own, a copier. */
  constructor(writer: ThreadClient, start: () => ThreadClient) {
    this.#writer = writer;
    this.#start = start;
  }

  /** Does what makes the log grow; no commit waits for it to be moved, neither then nor after it. */
  async beside<T>(work: (copier: ThreadClient) => Promise<T>): Promise<T> {
    const copier = this.#start();
    try {
      await copier.opened;
      if (this.#users++ === 0) await this.#writer.call("checkpoints", false);
      try {
        const done = await work(copier);
        await copier.call("moveLog");
        return done;
      } finally {
        if (--this.#users === 0) await this.#writer.call("checkpoints", true);
      }
    } finally {
      await copier.close();
    }
  }

  /** Does what writes much, and moves the log now and then meanwhile. */
  besideMany<T>(work: () => Promise<T>): Promise<T> {
    return this.beside(async (copier) => {
      this.#movers.add(copier);
      let moving: Promise<void> | null = null;
      const timer = setInterval(() => {
        moving ??= this.#move(copier).finally(() => moving = null);
      }, EVERY_MS);
      try {
        return await work();
      } finally {
        clearInterval(timer);
        await moving;
        this.#movers.delete(copier);
      }
    });
  }

  /** What is still being done goes on without: the writer moves the log as it closes. */
  async close(): Promise<void> {
    await Promise.all([...this.#movers].map((copier) => copier.close()));
  }

  async #move(copier: ThreadClient): Promise<void> {
    try {
      const { pages } = await copier.call("moveLog");
      if (pages > MOST_PAGES) await this.#writer.call("moveLog");
    } catch {
      // What keeps the log from being moved is told by the next commit that needs its room.
    }
  }
}
