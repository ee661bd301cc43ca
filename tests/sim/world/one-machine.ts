// A world in which one process after the other has the store to itself.

import type { EngineFacade, LiveEvent } from "../../../engine/api.ts";
import type { HandOver, Store } from "../../../engine/store/store.ts";
import type { Disk } from "./disk.ts";
import { type Machines, MOST_STEPS, type Site, stepOrTurn } from "./machines.ts";
import { type Process, startProcess } from "./process.ts";

export class OneMachine implements Machines {
  readonly spreadMs = 0;
  readonly faults: readonly string[] = [];
  restarts = 0;
  readonly #site: Site;
  readonly #disk: Disk;
  /** Puts something between the processes and the store. */
  readonly #through: (store: Store) => Store;
  #process: Process | null = null;
  #during: readonly HandOver[] | undefined;

  constructor(site: Site, disk: Disk, through: (store: Store) => Store = (store) => store) {
    this.#site = site;
    this.#disk = disk;
    this.#through = through;
  }

  get store(): Store {
    return this.#disk.store;
  }

  get now(): number {
    return this.#site.scheduler.now;
  }

  get areDown(): boolean {
    return this.#process === null;
  }

  serves(opcode: EngineFacade): boolean {
    return this.#process?.opcode === opcode;
  }

  clear(): void {}

  keepUp(): Promise<unknown> {
    return this.up();
  }

  async up(): Promise<EngineFacade> {
    for (let turns = 0;; turns++) {
      if (this.#process === null) await this.#open();
      if (this.#process!.opcode) return this.#process!.opcode;
      if (turns > MOST_STEPS) throw new Error("the engine does not open");
      await stepOrTurn(this.#site.scheduler);
    }
  }

  async befall(): Promise<void> {
    const strike = this.#site.weather.strikes();
    if (strike === "crash") this.#die("between two tasks");
    else if (strike === "stop") await this.#stop();
  }

  async #open(): Promise<void> {
    const { heard: all, scheduler, weather, draw, memory, trace, fault, ...site } = this.#site;
    const heard: LiveEvent[] = [];
    all.push(heard);
    if (all.length > 1) {
      this.restarts++;
      await this.#disk.crash(this.#during);
      scheduler.jumpWall(weather.downtimeMs());
      await this.#site.inspect();
    }
    this.#during = undefined;
    this.#process = startProcess({
      ...site,
      ...{ scheduler, weather, draw, trace, fault },
      life: { alive: true },
      inner: this.#through(this.#disk.store),
      poolSize: draw.int(1, 4),
      handsOver: draw.chance(0.3),
      forgets: memory.chance(0.3),
      crash: (during) => {
        this.#during = during;
        this.#die("at a commit");
      },
      heard: (event) => heard.push(event),
    });
  }

  #die(when: string): void {
    if (this.#process === null) return;
    this.#site.trace(`crash ${when}`);
    this.#end();
  }

  #end(): void {
    const { scheduler, calls, clients, senders } = this.#site;
    const { life, opcode } = this.#process!;
    scheduler.bury(life);
    this.#process = null;
    for (const call of calls) if (call.ended === "open") call.ended = "crashed";
    if (opcode === null) return;
    clients.cutOff(opcode);
    senders.cutOff(opcode);
  }

  /** A stop that was asked for: what runs gets its time. */
  async #stop(): Promise<void> {
    const { opcode } = this.#process!;
    if (!opcode) return;
    this.#site.trace("stop");
    let isStopped = false;
    opcode.stop().then(() => isStopped = true);
    while (!isStopped && this.#process !== null) {
      if (!await this.#site.scheduler.step(Infinity)) throw new Error("the engine does not stop");
    }
    if (this.#process !== null) this.#end();
  }
}
