// In which order reads come to their thread: what the engine needs never waits behind a queue of callers.

import type { ReadArgs, Reads } from "../sql/reads/index.ts";
import type { ThreadClient } from "./thread-client.ts";

type Lane = "point" | "list" | "stranger";

/** Reads that callers ask for: about one run, about many rows, and what anybody may ask for. */
const LANES: Partial<Record<keyof Reads, Lane>> = {
  decisionById: "point",
  endedBack: "list",
  expiredRuns: "list",
  halfRemoved: "list",
  runHead: "point",
  runTexts: "point",
  stepStatuses: "point",
  viewRun: "point",
  callback: "point",
  listAgents: "list",
  listCallbacks: "list",
  listDecisions: "list",
  listEvents: "list",
  listFires: "list",
  hook: "stranger",
  listHooks: "list",
  listRuns: "list",
  listSchedules: "list",
  listTemplates: "list",
};

/**
 * The engine's own reads (loading runs, timers, payloads, templates) go to the thread at once. Of
 * what callers ask for one list and one point at a time do, and one hook for those who deliver: each is a bounded piece of work, and so
 * is what any read waits for. (A thread of their own would cost 20 MB of memory.)
 */
export class Lanes {
  readonly #thread: ThreadClient;
  /** The last read of each lane. */
  readonly #last: Record<Lane, Promise<unknown>> = {
    point: Promise.resolve(),
    list: Promise.resolve(),
    stranger: Promise.resolve(),
  };

  constructor(thread: ThreadClient) {
    this.#thread = thread;
  }

  read<Name extends keyof Reads>(
    name: Name,
    ...args: ReadArgs<Name>
  ): Promise<ReturnType<Reads[Name]>> {
    const ask = () => this.#thread.call("read", name, args) as Promise<ReturnType<Reads[Name]>>;
    const lane = LANES[name];
    if (lane === undefined) return ask();
    const read = this.#last[lane].then(ask);
    this.#last[lane] = read.catch(() => {});
    return read;
  }
}
