// What waits for the next commit: in the order of each agent, and shared fairly between them.

export interface Waiting {
  /** Whose it is; "" when it belongs to no run. */
  agent: string;
  bytes: number;
}

interface Lane<Entry> {
  entries: Entry[];
  /** It got nothing of the last batch; who waits longest so is the first of the next. */
  passedOver: boolean;
}

/** What a batch holds, in bytes; one entry that is larger goes alone. */
export interface BatchSize {
  most: number;
  /** What it holds at the most once it has all of one of several agents: `most` unless given. */
  few?: number;
  /** What one agent brings at the most: `most` unless given. */
  each?: number;
  /** Whether what is larger than `most` of this agent has to wait: never, unless given. */
  rests?: (agent: string) => boolean;
}

export class WaitingLine<Entry extends Waiting> {
  /** By agent: what builds on something before it is always of the same agent. */
  readonly #lanes = new Map<string, Lane<Entry>>();

  get empty(): boolean {
    return this.#lanes.size === 0;
  }

  push(entry: Entry): void {
    const lane = this.#lanes.get(entry.agent);
    if (lane) lane.entries.push(entry);
    else this.#lanes.set(entry.agent, { entries: [entry], passedOver: false });
  }

  /**
   * Takes the next batch: one entry of each agent in turns, the smallest first; at least one, unless
   * all that might come next has to wait.
   */
  take({ most, few = most, each = most, rests = () => false }: BatchSize): Entry[] {
    const mayCome = ({ agent, bytes }: Entry) => bytes <= most || !rests(agent);
    if (this.#lanes.size === 1) return this.#takeOfOnly(each, mayCome);
    const batch: Entry[] = [];
    const taken = new Map<Lane<Entry>, { count: number; bytes: number }>();
    let bytes = 0;
    const next = (lane: Lane<Entry>) => lane.entries[taken.get(lane)?.count ?? 0];
    const give = (lane: Lane<Entry>, entry: Entry) => {
      batch.push(entry);
      bytes += entry.bytes;
      const { count, bytes: own } = taken.get(lane) ?? { count: 0, bytes: 0 };
      taken.set(lane, { count: count + 1, bytes: own + entry.bytes });
    };
    let open = [...this.#lanes.values()].filter(({ entries: [first] }) => mayCome(first!));
    let room = most;
    const patient = open.find(({ passedOver }) => passedOver);
    if (patient) {
      patient.passedOver = false;
      give(patient, next(patient)!);
    }
    while (open.length > 0) {
      const before = open.length;
      open = open.filter(next);
      if (open.length < before) room = Math.min(room, few);
      open = open.sort((a, b) => next(a)!.bytes - next(b)!.bytes).filter((lane) => {
        const entry = next(lane)!;
        const own = taken.get(lane);
        if (own && own.bytes + entry.bytes > each) return false;
        if (batch.length > 0 && bytes + entry.bytes > room) {
          if (!own) lane.passedOver = true;
          return false;
        }
        give(lane, entry);
        return true;
      });
    }
    for (const [lane, { count }] of taken) {
      const { agent } = lane.entries[0]!;
      lane.entries.splice(0, count);
      // Behind those that got nothing, of which the first is the patient one of the next batch.
      this.#lanes.delete(agent);
      if (lane.entries.length > 0) this.#lanes.set(agent, lane);
    }
    return batch;
  }

  /** The same of the only lane that there is: the usual case, at little cost. */
  #takeOfOnly(most: number, mayCome: (entry: Entry) => boolean): Entry[] {
    const [lane] = this.#lanes.values() as Iterable<Lane<Entry>>;
    const { entries } = lane!;
    if (!mayCome(entries[0]!)) return [];
    lane!.passedOver = false;
    let count = 0;
    for (let bytes = 0; count < entries.length; count++) {
      bytes += entries[count]!.bytes;
      if (count > 0 && bytes > most) break;
    }
    return count === entries.length ? this.all() : entries.splice(0, count);
  }

  /** Takes everything. */
  all(): Entry[] {
    const all: Entry[] = [];
    for (const lane of this.#lanes.values()) {
      for (const entry of lane.entries) all.push(entry);
      // A map that was cleared keeps its old table, and what that holds, until a full collection.
      lane.entries = [];
    }
    this.#lanes.clear();
    return all;
  }

  /** Takes out what is to go, each agent's in its order. */
  remove(goes: (entry: Entry) => boolean): void {
    for (const [agent, lane] of this.#lanes) {
      lane.entries = lane.entries.filter((entry) => !goes(entry));
      if (lane.entries.length === 0) this.#lanes.delete(agent);
    }
  }
}
