// A world in which several nodes share a store: they come, go, and stand still, and there is always one who serves.

import type { EngineFacade } from "../../../engine/api.ts";
import type { Store } from "../../../engine/store/store.ts";
import type { NodeFaults } from "../../support/memory-nodes.ts";
import { createMemoryServer, type MemoryServer } from "../../support/memory-server.ts";
import { type Machines, MOST_STEPS, type Site, stepOrTurn } from "../world/machines.ts";
import type { Life } from "../world/scheduler.ts";
import { Ledger } from "./ledger.ts";
import { Member } from "./member.ts";
import type { NodeWeather } from "./node-weather.ts";

/** One place for a node: the process in it, and what is left of the one before. */
interface Seat {
  no: number;
  instance: string;
  skewMs: number;
  member: Member | null;
}

export class Cluster implements Machines {
  restarts = 0;
  readonly #site: Site;
  readonly #winds: NodeWeather;
  readonly #server: MemoryServer;
  readonly #ledger: Ledger;
  readonly #seats: Seat[];
  /** Processes whose place another one has, and that do not know yet. */
  readonly #old = new Set<Member>();
  /** Whoever begins the processes: nothing befalls it. */
  readonly #keeper: Life = { alive: true, name: "cluster" };
  #begun = 0;
  #instances = 0;

  constructor(site: Site, winds: NodeWeather, faults: NodeFaults = {}) {
    this.#site = site;
    this.#winds = winds;
    const { scheduler } = site;
    this.#ledger = new Ledger(() => scheduler.elapsed);
    // A server whose clock is set is another story.
    this.#server = createMemoryServer({ now: () => scheduler.elapsed, faults });
    this.#server.nodes.onLook = (removed, left) => this.#ledger.looked(removed, left);
    this.#seats = Array.from({ length: winds.count }, (_, no) => ({
      no,
      instance: this.#newInstance(),
      skewMs: winds.skewMs(),
      member: null,
    }));
    for (const seat of this.#seats) this.#openIn(seat, 0);
  }

  get store(): Store {
    return this.#server.store;
  }

  get faults(): readonly string[] {
    return this.#ledger.faults;
  }

  get now(): number {
    return this.#site.scheduler.now + Math.min(...this.#skews());
  }

  get spreadMs(): number {
    return Math.max(...this.#skews()) - Math.min(...this.#skews());
  }

  #skews(): number[] {
    return this.#seats.map(({ skewMs }) => skewMs);
  }

  /** Some are always about to come. */
  readonly areDown = false;

  serves(opcode: EngineFacade): boolean {
    return this.#members().some((member) => member.opcode === opcode && member.answers);
  }

  #members(): Member[] {
    return this.#seats.flatMap(({ member }) => member ?? []);
  }

  /** They come by themselves. */
  async keepUp(): Promise<void> {}

  async up(): Promise<EngineFacade> {
    for (let turns = 0;; turns++) {
      this.#site.scheduler.stir();
      const there = this.#members().filter(({ opcode, isPaused, isStopping }) =>
        opcode !== null && !isPaused && !isStopping
      );
      if (there.length > 0) return this.#winds.victim(there).opcode!;
      if (turns > MOST_STEPS) throw new Error("no node opens");
      await stepOrTurn(this.#site.scheduler);
    }
  }

  befall(): Promise<void> {
    const { scheduler } = this.#site;
    const blow = this.#winds.blow(scheduler.quietMs);
    const alive = this.#members();
    if (blow === null || alive.length === 0) return Promise.resolve();
    if (blow === "twin") this.#twin(alive);
    else this.#strike(this.#winds.victim(alive), blow);
    return Promise.resolve();
  }

  #strike(member: Member, blow: "kill" | "stop" | "pause" | "cut"): void {
    switch (blow) {
      case "kill":
        return member.die("killed", this.#winds.losesSent());
      case "stop":
        return member.stop();
      case "pause":
        member.pause(this.#winds.standstillMs());
        break;
      case "cut":
        member.cut(this.#winds.standstillMs());
    }
    if (this.#winds.isImpatient()) member.giveUp();
  }

  /** The instance is begun once more while its last process stands still: that one is not to be heard of again. */
  #twin(alive: readonly Member[]): void {
    const member = this.#winds.victim(alive);
    const seat = this.#seats.find((each) => each.member === member)!;
    member.pause(this.#winds.standstillMs());
    member.giveUp();
    member.isOld = true;
    this.#old.add(member);
    seat.member = null;
    this.#openIn(seat, 0);
  }

  clear(): void {
    this.#winds.clear();
    for (const member of [...this.#members(), ...this.#old]) member.resume();
    for (const seat of this.#seats) {
      if (seat.member === null && this.#winds.isComing()) this.#openIn(seat, 0);
    }
    if (this.#members().length === 0) this.#openIn(this.#seats[0]!, 0);
  }

  #newInstance(): string {
    return `instance-${++this.#instances}`;
  }

  #openIn(seat: Seat, ms: number): void {
    if (ms === Infinity) return;
    this.#site.scheduler.work(ms, this.#keeper, () => {
      this.#site.scheduler.post("outside", this.#keeper, () => this.#open(seat));
    });
  }

  async #open(seat: Seat): Promise<void> {
    if (seat.member !== null) return;
    if (this.#begun++ >= this.#seats.length) {
      this.restarts++;
      await this.#site.inspect();
    }
    const name = `node ${seat.no} (${this.#begun})`;
    this.#site.trace(`${name} begins as ${seat.instance}, ${seat.skewMs} ms off`);
    seat.member = new Member({
      site: this.#site,
      server: this.#server,
      winds: this.#winds,
      ledger: this.#ledger,
      name,
      instance: seat.instance,
      skewMs: seat.skewMs,
      ended: (member) => this.#ended(seat, member),
    });
  }

  #ended(seat: Seat, member: Member): void {
    this.#old.delete(member);
    if (seat.member !== member) return;
    seat.member = null;
    if (this.#winds.isAnother()) seat.instance = this.#newInstance();
    const isLast = this.#members().length === 0;
    const ms = this.#winds.isOver ? 1_000 : this.#winds.downtimeMs();
    this.#openIn(seat, isLast ? Math.min(ms, 60_000) : ms);
  }
}
