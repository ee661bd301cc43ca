// Who is served next when many wait: the agents take turns, then the runs of one, each in its own order.

/** On whose behalf something is asked. */
export interface Party {
  /** The agent of the run, or of the run at the root of its family. */
  agent: string;
  run: string;
}

/** What stands in a line, with its neighbours. */
interface Standing<T> {
  before: T | null;
  after: T | null;
}

/** Any of what stands in a line can leave at once, and nothing is kept of what has left. */
class Line<T extends Standing<T>> {
  first: T | null = null;
  #last: T | null = null;

  join(one: T): void {
    one.before = this.#last;
    one.after = null;
    if (this.#last) this.#last.after = one;
    else this.first = one;
    this.#last = one;
  }

  leave(one: T): void {
    if (one.before) one.before.after = one.after;
    else this.first = one.after;
    if (one.after) one.after.before = one.before;
    else this.#last = one.before;
    // An old one that is dead would keep the next alive, and that the one after it, and all they
    // refer to: until a full collection, for young ones collect nothing that old ones point to.
    one.before = one.after = null;
  }

  /** The first come last: the others are served before it. */
  turn(one: T): void {
    if (one.after === null) return;
    this.leave(one);
    this.join(one);
  }
}

/** A value that waits to be served. */
class Entry<T> implements Standing<Entry<T>> {
  before: Entry<T> | null = null;
  after: Entry<T> | null = null;
  live = true;
  readonly value: T;
  readonly lane: Lane<T>;

  constructor(value: T, lane: Lane<T>) {
    this.value = value;
    this.lane = lane;
  }
}

/** What waits of one run. */
class Lane<T> extends Line<Entry<T>> implements Standing<Lane<T>> {
  before: Lane<T> | null = null;
  after: Lane<T> | null = null;
  readonly run: string;
  readonly agent: Agent<T>;

  constructor(run: string, agent: Agent<T>) {
    super();
    this.run = run;
    this.agent = agent;
  }
}

/** The runs of an agent of which something waits. */
class Agent<T> extends Line<Lane<T>> implements Standing<Agent<T>> {
  before: Agent<T> | null = null;
  after: Agent<T> | null = null;
  readonly name: string;
  /** By run, while there are several: most queues are empty again at once. */
  #lanes: Map<string, Lane<T>> | null = null;

  constructor(name: string) {
    super();
    this.name = name;
  }

  laneOf(run: string): Lane<T> {
    const { first } = this;
    if (first === null) return this.#open(run);
    if (this.#lanes !== null) return this.#lanes.get(run) ?? this.#open(run);
    if (first.run === run) return first;
    this.#lanes = new Map([[first.run, first]]);
    return this.#open(run);
  }

  #open(run: string): Lane<T> {
    const lane = new Lane(run, this);
    this.#lanes?.set(run, lane);
    this.join(lane);
    return lane;
  }

  close(lane: Lane<T>): void {
    this.#lanes?.delete(lane.run);
    this.leave(lane);
    if (this.first === null) this.#lanes = null;
  }
}

/** What waits in a queue, for whoever may want to take it out. */
export interface Queued<T> {
  readonly value: T;
  /** Whether it still waits. */
  readonly live: boolean;
}

/** A queue that serves agents round-robin, and so the runs of each: nobody starves another. */
export class FairQueue<T> {
  readonly #agents = new Map<string, Agent<T>>();
  readonly #line = new Line<Agent<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a value to its run's lane; `withdraw` takes what is answered out again. */
  push({ agent: name, run }: Party, value: T): Queued<T> {
    let agent = this.#agents.get(name);
    if (!agent) {
      this.#agents.set(name, agent = new Agent(name));
      this.#line.join(agent);
    }
    const lane = agent.laneOf(run);
    const entry = new Entry(value, lane);
    lane.join(entry);
    this.#size++;
    return entry;
  }

  /** Takes out what was pushed; harmless when it was served or taken out before. */
  withdraw(queued: Queued<T>): void {
    if (queued.live) this.#take(queued as Entry<T>);
  }

  /** The next value, of those agents that `may` have their turn; undefined when there is none. */
  shift(may?: (agent: string) => boolean): T | undefined {
    for (let agent = this.#line.first; agent; agent = agent.after) {
      if (may && !may(agent.name)) continue;
      const lane = agent.first!;
      const entry = lane.first!;
      this.#line.turn(agent);
      agent.turn(lane);
      this.#take(entry);
      return entry.value;
    }
    return undefined;
  }

  /** The agent's next value if it `fits`; it keeps its place among the agents. */
  shiftOf(agentName: string, fits: (value: T) => boolean): T | undefined {
    const agent = this.#agents.get(agentName);
    if (!agent) return undefined;
    const lane = agent.first!;
    const entry = lane.first!;
    if (!fits(entry.value)) return undefined;
    agent.turn(lane);
    this.#take(entry);
    return entry.value;
  }

  /** Nothing is kept of a lane or an agent that is empty. */
  #take(entry: Entry<T>): void {
    const { lane } = entry;
    const { agent } = lane;
    entry.live = false;
    this.#size--;
    lane.leave(entry);
    if (lane.first !== null) return;
    agent.close(lane);
    if (agent.first !== null) return;
    this.#agents.delete(agent.name);
    this.#line.leave(agent);
  }
}
