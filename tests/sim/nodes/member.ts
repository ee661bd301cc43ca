// One process of one node: it says that it is alive, serves, and ends.

import type { LiveEvent } from "../../../engine/api.ts";
import { LEASE_MS, type MemoryServer } from "../../support/memory-server.ts";
import type { Call } from "../check/evidence.ts";
import type { Site } from "../world/machines.ts";
import { type Process, startProcess } from "../world/process.ts";
import type { Life } from "../world/scheduler.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeWeather } from "./node-weather.ts";
import { NodeWay } from "./node-way.ts";

/** How often a node says that it is alive. */
const RENEW_MS = LEASE_MS / 4;
/** How long who is fenced takes to end, ms. */
const LAST_MS = 50;

export interface MemberOptions {
  site: Site;
  server: MemoryServer;
  winds: NodeWeather;
  ledger: Ledger;
  /** What its process is called in the trace. */
  name: string;
  instance: string;
  skewMs: number;
  /** Told when it has ended by itself, or by what befell a commit. */
  ended(member: Member): void;
}

export class Member {
  readonly instance: string;
  readonly name: string;
  readonly skewMs: number;
  readonly way: NodeWay;
  /** Another process of the instance has begun, and it does not know yet. */
  isOld = false;
  isStopping = false;
  readonly #site: Site;
  readonly #life: Life & { readonly name: string };
  readonly #process: Process;
  readonly #ended: (member: Member) => void;
  readonly #calls: Call[] = [];

  constructor({ site, server, winds, ledger, ...own }: MemberOptions) {
    const { scheduler, weather, trace } = site;
    const { name, instance, skewMs } = own;
    this.#site = site;
    this.#ended = own.ended;
    this.instance = instance;
    this.name = name;
    this.skewMs = skewMs;
    this.#life = { alive: true, name, skewMs, polls: true };
    const node = server.open(instance, () => scheduler.now + skewMs);
    ledger.heard(node.fence);
    const crash = () => this.die("at a commit", winds.losesSent());
    this.way = new NodeWay({
      ...{ scheduler, weather, trace, winds, ledger, node, crash },
      life: this.#life,
      fenced: () => this.#isFenced(),
    });
    const heard: LiveEvent[] = [];
    site.heard.push(heard);
    const { draw, memory } = site;
    this.#process = startProcess({
      ...site,
      inner: node,
      way: this.way,
      life: this.#life,
      calls: { push: (...made) => site.calls.push(...made) && this.#calls.push(...made) },
      poolSize: draw.int(1, 4),
      handsOver: draw.chance(0.3),
      forgets: memory.chance(0.3),
      crash,
      heard: (event) => heard.push(event),
      trace: (line) => trace(`${name}: ${line}`),
      fault: (message) => site.fault(`${name}: ${message}`),
    });
    this.#beat();
  }

  get opcode(): Process["opcode"] {
    return this.#process.opcode;
  }

  get isAlive(): boolean {
    return this.#life.alive;
  }

  get isPaused(): boolean {
    return this.#life.isPaused === true;
  }

  /** Whether who asks it hears of it. */
  get answers(): boolean {
    return this.isAlive && !this.isPaused && !this.way.isCut;
  }

  #beat(): void {
    const { scheduler } = this.#site;
    scheduler.after(RENEW_MS, this.#life, () => {
      const next = () => this.way.fault === null && this.#beat();
      this.way.renew().then(next, next);
    });
  }

  #isFenced(): void {
    const { scheduler, trace } = this.#site;
    trace(`${this.name}: another node has taken over`);
    scheduler.work(LAST_MS, this.#life, () => this.die("fenced", false));
  }

  pause(ms: number): void {
    const { scheduler, trace } = this.#site;
    trace(`${this.name}: paused for ${ms} ms`);
    this.#life.isPaused = true;
    scheduler.work(ms, this.way.onTheWay, () => this.resume());
  }

  resume(): void {
    if (!this.isPaused) return;
    this.#site.trace(`${this.name}: resumed`);
    this.#life.isPaused = false;
  }

  cut(ms: number): void {
    this.#site.trace(`${this.name}: cut off for ${ms} ms`);
    this.way.cut(ms);
  }

  /** It is told to end: what runs gets its time. */
  stop(): void {
    const { opcode } = this;
    if (opcode === null || this.isStopping) return;
    this.#site.trace(`${this.name}: stop`);
    this.isStopping = true;
    const end = () => this.die("stopped", false);
    opcode.stop().then(end, end);
  }

  /** `losesSent`: what is on its way is lost, too. */
  die(how: string, losesSent: boolean): void {
    if (!this.isAlive) return;
    const { scheduler, trace } = this.#site;
    trace(`${this.name}: dead (${how})`);
    scheduler.bury(this.#life);
    if (losesSent) scheduler.bury(this.way.onTheWay);
    for (const call of this.#calls) if (call.ended === "open") call.ended = "crashed";
    this.giveUp();
    this.#ended(this);
  }

  /** Who waits for it does so no more. */
  giveUp(): void {
    if (this.opcode === null) return;
    this.#site.clients.cutOff(this.opcode);
    this.#site.senders.cutOff(this.opcode);
  }
}
