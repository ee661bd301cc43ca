// Who is served next when many wait: the agents take turns, then the runs of one, each in its own order.

/** On whose behalf something is asked. */
export interface Party {
  /** The agent of the run, or of the run at the root of its family. */
  agent: string;
  run: string;
}

/** A value with its neighbours in a line. */
class Link<T> {
  readonly value: T;
  before: Link<T> | null = null;
  after: Link<T> | null = null;

  constructor(value: T) {
    this.value = value;
  }
}

/** What stands in a line: any of it can leave at once, and nothing is kept of what has left. */
class Line<T> {
  first: Link<T> | null = null;
  #last: Link<T> | null = null;

  join(link: Link<T>): void {
    link.before = this.#last;
    link.after = null;
    if (this.#last) this.#last.after = link;
    else this.first = link;
    this.#last = link;
  }

  leave(link: Link<T>): void {
    if (link.before) link.before.after = link.after;
    else this.first = link.after;
    if (link.after) link.after.before = link.before;
    else this.#last = link.before;
  }

  /** The first come last: the others are served before it. */
  turn(link: Link<T>): void {
    if (link.after === null) return;
    this.leave(link);
    this.join(link);
  }
}

/** What waits under one key, among others of its kind. */
interface Lane<T> {
  key: string;
  line: Line<T>;
}

/** The lanes that are not empty. */
class Lanes<T> {
  readonly #byKey = new Map<string, Link<Lane<T>>>();
  readonly line = new Line<Lane<T>>();

  lane(key: string): Link<Lane<T>> {
    let link = this.#byKey.get(key);
    if (!link) {
      link = new Link({ key, line: new Line<T>() });
      this.#byKey.set(key, link);
      this.line.join(link);
    }
    return link;
  }

  /** Drops the lane if it is empty; answers whether no lane is left. */
  prune(link: Link<Lane<T>>): boolean {
    const { key, line } = link.value;
    if (line.first === null && this.#byKey.get(key) === link) {
      this.#byKey.delete(key);
      this.line.leave(link);
    }
    return this.line.first === null;
  }
}

interface Entry<T> {
  value: T;
  live: boolean;
}

interface Agent<T> {
  name: string;
  runs: Lanes<Entry<T>>;
}

/** A queue that serves agents round-robin, and so the runs of each: nobody starves another. */
export class FairQueue<T> {
  readonly #agents = new Map<string, Link<Agent<T>>>();
  readonly #line = new Line<Agent<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a value to its run's lane; the answer withdraws it (false: it was already served). */
  push({ agent: name, run }: Party, value: T): () => boolean {
    let agent = this.#agents.get(name);
    if (!agent) {
      agent = new Link({ name, runs: new Lanes<Entry<T>>() });
      this.#agents.set(name, agent);
      this.#line.join(agent);
    }
    const lane = agent.value.runs.lane(run);
    const link = new Link<Entry<T>>({ value, live: true });
    lane.value.line.join(link);
    this.#size++;
    return () => {
      if (!link.value.live) return false;
      this.#take(agent, lane, link);
      return true;
    };
  }

  /** The next value, of those agents that `may` have their turn; undefined when there is none. */
  shift(may?: (agent: string) => boolean): T | undefined {
    for (let agent = this.#line.first; agent; agent = agent.after) {
      if (may && !may(agent.value.name)) continue;
      const lane = agent.value.runs.line.first!;
      const entry = lane.value.line.first!;
      this.#line.turn(agent);
      agent.value.runs.line.turn(lane);
      this.#take(agent, lane, entry);
      return entry.value.value;
    }
    return undefined;
  }

  #take(agent: Link<Agent<T>>, lane: Link<Lane<Entry<T>>>, link: Link<Entry<T>>): void {
    link.value.live = false;
    this.#size--;
    lane.value.line.leave(link);
    if (!agent.value.runs.prune(lane)) return;
    this.#agents.delete(agent.value.name);
    this.#line.leave(agent);
  }
}
