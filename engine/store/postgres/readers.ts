// How the named reads are asked of the server: each in one snapshot, on a connection of its own meanwhile.

import { closedError } from "../closed.ts";
import type { Raw, Reading, Value } from "../sql/reading.ts";
import { readingOf } from "../sql/reads/index.ts";
import { Source } from "../sql/source.ts";
import type { Dialect } from "../sql/dialect.ts";
import { meaningOf, storeError } from "./fault.ts";
import type { Session } from "./session.ts";

/** Reads at a time; as many connections are opened as are needed at once. */
const MOST_SESSIONS = 4;

const BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

export class Readers {
  readonly #connect: () => Promise<Session>;
  readonly #source: Source;
  readonly #idle: Session[] = [];
  readonly #waiting: (() => void)[] = [];
  #open = 0;
  #closed = false;

  constructor(connect: () => Promise<Session>, dialect: Dialect) {
    this.#connect = connect;
    this.#source = new Source(dialect);
  }

  /** STORE_ERROR when there is no server, or the read was refused. */
  async read(name: string, args: unknown[]): Promise<unknown> {
    try {
      return await this.with((session) => drive(session, readingOf(this.#source, name, args)));
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Lends a connection; what was lost on one that had rested is asked once more on another. */
  async with<T>(work: (session: Session) => Promise<T>): Promise<T> {
    for (let tries = 1;; tries++) {
      const session = await this.#take();
      try {
        return await work(session);
      } catch (error) {
        if (meaningOf(error) !== "lost") throw error;
        session.destroy();
        if (tries > MOST_SESSIONS || this.#closed) throw error;
      } finally {
        this.#giveBack(session);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  destroy(): void {
    this.#closed = true;
    for (const session of this.#idle.splice(0)) session.destroy();
  }

  async #take(): Promise<Session> {
    if (this.#closed) throw closedError();
    while (this.#open >= MOST_SESSIONS) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#open++;
    try {
      return this.#idle.pop() ?? await this.#connect();
    } catch (error) {
      this.#open--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  #giveBack(session: Session): void {
    this.#open--;
    if (session.lost === null && !this.#closed) this.#idle.push(session);
    else void session.close();
    this.#waiting.shift()?.();
  }
}

/** The first query goes with the beginning, and nobody waits for the end. */
export async function drive<T>(session: Session, reading: Reading<T>): Promise<T> {
  // What follows tells if it fails.
  session.run(BEGIN).catch(() => {});
  try {
    let step = reading.next();
    while (!step.done) {
      let rows: Raw[];
      try {
        rows = await session.rows(numbered(step.value.sql), step.value.values.map(asked));
      } catch (error) {
        step = reading.throw(error);
        continue;
      }
      step = reading.next(rows);
    }
    return step.value;
  } finally {
    session.run("COMMIT").catch(() => {});
  }
}

/** What no text that is stored has, instead of a character that no text there can have. */
const NOWHERE = "\u{10fffe}".repeat(8);

/** What is looked for may hold what the server takes for no text at all: then it is found nowhere. */
function asked(value: Value): Value {
  return typeof value === "string" && value.includes("\0") ? NOWHERE : value;
}

const NUMBERED = new Map<string, string>();

/** The query with the placeholders of PostgreSQL. */
function numbered(sql: string): string {
  let text = NUMBERED.get(sql);
  if (text === undefined) {
    let place = 0;
    text = sql.replaceAll(/\?(\d*)/g, (_, no: string) => `$${no === "" ? ++place : no}`);
    NUMBERED.set(sql, text);
  }
  return text;
}
