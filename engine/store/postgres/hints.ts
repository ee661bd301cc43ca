// How nodes tell each other that there may be something to see: beside all that is stored, and never instead of looking.
//
// The server has one lock for all transactions that notify somebody and end: no commit of a run is one of
// them. What is sent here waits for no disk, and for nobody; without the connection nodes are only slower.

import { parseJson } from "../../../core/exact-json.ts";
import type { HandOver, HandOverResult, Hint } from "../store.ts";
import type { Session } from "./session.ts";

/** The least time between two hints of a node, ms: what comes meanwhile goes with the next. */
const REST_MS = 10;
/** How long after a connection was lost, or did not come about, another is tried, ms. */
const AGAIN_MS = 1_000;
/** Answers that a hint names: what the server takes is less than 8,000 bytes. */
const MOST_ANSWERS = 100;

/** Nobody waits for the disk of what is only a hint. */
const LISTEN = "SET synchronous_commit = off; LISTEN opcode_hints";
const NOTIFY = "SELECT pg_notify('opcode_hints', $1::text)";

/** What was not heard may have been anything. */
const ALL: Hint = { messages: true, answers: null, events: true };
const NONE: Hint = { messages: false, answers: [], events: false };

export class Hints {
  /** Whether other nodes may be there: a hint to nobody is not sent. */
  others = false;
  readonly #nodeNo: number;
  readonly #connect: () => Promise<Session>;
  readonly #listeners = new Set<(hint: Hint) => void>();
  #session: Session | null = null;
  #begun = false;
  #closed = false;
  /** What goes with the next one. */
  #next: Hint | null = null;
  #resting: NodeJS.Timeout | null = null;
  #again: NodeJS.Timeout | null = null;

  constructor({ nodeNo, connect }: { nodeNo: number; connect: () => Promise<Session> }) {
    this.#nodeNo = nodeNo;
    this.#connect = connect;
  }

  /** See `OwnershipStore.onHint`. It is connected for the first who wants to hear. */
  onHint(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#begun) void this.#listen();
    this.#begun = true;
    return () => this.#listeners.delete(listener);
  }

  get #isHeard(): boolean {
    return this.#session !== null && this.others;
  }

  /** Tells the others soon, if there are any. */
  send(part: Partial<Hint>): void {
    if (!this.#isHeard) return;
    this.#next = together(this.#next ?? NONE, { ...NONE, ...part });
    if (this.#resting === null) this.#flush();
  }

  /** Tells them of what others may wait for in a batch. */
  committed(batch: readonly HandOver[], results: readonly HandOverResult[]): void {
    if (!this.#isHeard) return;
    const events = results.some((one) => one.ok && one.eventIds.length > 0);
    const answers = batch.flatMap((one, i) =>
      results[i]!.ok ? one.answers.map(({ id }) => id) : []
    );
    if (events || answers.length > 0) this.send({ events, answers });
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#session?.close();
  }

  destroy(): void {
    this.#stop();
    this.#session?.destroy();
  }

  #stop(): void {
    this.#closed = true;
    clearTimeout(this.#resting ?? undefined);
    clearTimeout(this.#again ?? undefined);
  }

  async #listen(): Promise<void> {
    let session: Session | null = null;
    try {
      session = await this.#connect();
      session.onLost(() => this.#lost());
      session.onNotification((text) => this.#hear(text));
      await session.run(LISTEN);
    } catch {
      session?.destroy();
      return this.#lost();
    }
    if (this.#closed) return session.destroy();
    this.#session = session;
    this.#tell(ALL);
    // Whoever hears it knows that there is one more.
    this.#notify(NONE);
  }

  #lost(): void {
    this.#session = null;
    if (this.#closed) return;
    this.#again ??= setTimeout(() => {
      this.#again = null;
      void this.#listen();
    }, AGAIN_MS).unref();
  }

  #flush(): void {
    const hint = this.#next;
    this.#next = null;
    if (hint === null || this.#session === null) return;
    this.#notify(hint);
    this.#resting = setTimeout(() => {
      this.#resting = null;
      this.#flush();
    }, REST_MS).unref();
  }

  #notify(hint: Hint): void {
    const text = JSON.stringify({ ...hint, node: this.#nodeNo });
    this.#session!.ask(NOTIFY, [text]).catch(() => {});
  }

  #hear(text: string): void {
    const hint = read(text);
    if (hint.node === this.#nodeNo) return;
    this.others = true;
    this.#tell(hint);
  }

  #tell(hint: Hint): void {
    for (const listener of [...this.#listeners]) listener(hint);
  }
}

/** What is none of ours may be that of a later version. */
function read(text: string): Hint & { node?: number } {
  try {
    return { ...ALL, ...parseJson<Partial<Hint>>(text) };
  } catch {
    return ALL;
  }
}

function together(a: Hint, b: Hint): Hint {
  const answers = a.answers && b.answers && [...a.answers, ...b.answers];
  return {
    messages: a.messages || b.messages,
    answers: answers !== null && answers.length <= MOST_ANSWERS ? answers : null,
    events: a.events || b.events,
  };
}
