// How what any node has committed is told here, in the order of the log: it is read on, again and again.

import { Lru } from "../../core/lru.ts";
import type { EventId } from "../store/event-id.ts";
import type { Hint } from "../store/store.ts";
import type { EngineEnv } from "../engine-env.ts";
import type { Live, LiveRun } from "../live.ts";
import { Lookout } from "./lookout.ts";

/** How often it is looked for what others have committed, and how soon for our own, ms. */
const LOOK_MS = 100;
const SOON_MS = 5;
/** Events that are read at a time, and pages one after the other: whoever is behind further reads by itself. */
const PAGE = 500;
const MOST_PAGES = 8;
/** Runs of which it is known what they are called. */
const MOST_RUNS = 2_000;

export class LogFollower {
  readonly #env: EngineEnv;
  readonly #live: Live;
  readonly #lookout: Lookout;
  readonly #names = new Lru<LiveRun>(MOST_RUNS, Infinity);
  /** The last event that was told, or was there before anybody was told. */
  #last: EventId | null = null;

  constructor(env: EngineEnv, live: Live) {
    this.#env = env;
    this.#live = live;
    this.#lookout = new Lookout(env, {
      everyMs: LOOK_MS,
      what: "reading the log",
      look: async () => this.#tell(await env.store.ownership!.loggedUpTo()),
      // Where nobody listens it need not be known at once how far the log is.
      isMeant: ({ events }: Hint) => events && live.isHeard,
      // Whoever follows a run that ends while the daemon stops is told of that.
      toTheEnd: true,
    });
  }

  start(): void {
    this.#lookout.start(0);
  }

  /** Tells what is there by now, and nothing more. */
  stop(): Promise<void> {
    return this.#lookout.last();
  }

  /** Something was committed here: it is in the log in a moment. */
  nudge(): void {
    // Where nobody listens it need not be known at once how far the log is.
    if (this.#live.isHeard) this.#lookout.soon(SOON_MS);
  }

  async #tell(upTo: EventId): Promise<void> {
    for (let page = 0; this.#last !== null && this.#last < upTo && this.#live.isHeard; page++) {
      if (page === MOST_PAGES) {
        this.#live.publishMissed((this.#last + 1) as EventId, upTo);
        break;
      }
      const { rows } = await this.#env.store.listEvents({
        order: "oldest",
        afterId: this.#last,
        limit: PAGE,
      });
      if (rows.length === 0) break;
      const names = new Map<string, LiveRun>();
      for (const { runId } of rows) {
        const named = names.get(runId) ?? await this.#named(runId);
        if (named) names.set(runId, named);
      }
      this.#live.publishStored(rows, (id) => names.get(id));
      this.#last = rows.at(-1)!.id;
    }
    this.#last = this.#last === null || this.#last < upTo ? upTo : this.#last;
  }

  async #named(id: string): Promise<LiveRun | undefined> {
    const known = this.#names.peek(id);
    if (known) return known;
    const head = await this.#env.store.runHead(id);
    if (head === null) return undefined;
    const { templateName, agentId } = head;
    return this.#names.get(id, () => ({ id, templateName, agentId }));
  }
}
