// How many callbacks are sent at a time: to all hosts together, and to each of them.

import { FairGate } from "../../core/fair-gate.ts";

/** To all hosts, and to one. */
const MOST_TOGETHER = 16;
const MOST_EACH = 4;
/** Callbacks that wait for one host: more come back later. */
const MOST_WAITING = 1_000;

interface Host {
  gate: FairGate;
  waiting: number;
}

export class Hosts {
  readonly #all = new FairGate(MOST_TOGETHER);
  readonly #hosts = new Map<string, Host>();

  /** Sends something to the host when it is its turn; null, at once, when too much waits for it. */
  async pass<T>(name: string, send: () => Promise<T>): Promise<T | null> {
    let host = this.#hosts.get(name);
    if (!host) this.#hosts.set(name, host = { gate: new FairGate(MOST_EACH), waiting: 0 });
    if (host.waiting >= MOST_WAITING) return null;
    host.waiting++;
    const party = { agent: name, run: "" };
    try {
      return await host.gate.pass(party, () => this.#all.pass(party, send));
    } finally {
      if (--host.waiting === 0) this.#hosts.delete(name);
    }
  }
}
