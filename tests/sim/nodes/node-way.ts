// How a node reaches the store that it shares: late at times, not at all, or over a connection that is lost under a commit.

import { OpcodeError } from "../../../core/errors.ts";
import type { HandOver, HandOverResult } from "../../../engine/store/store.ts";
import { LEASE_MS, type MemoryNode, type NodeFence } from "../../support/memory-server.ts";
import type { MemoryKeeper } from "../../support/memory-trees.ts";
import { ask, type DoorOptions, type Thread, type Way, write } from "../world/doors.ts";
import type { Life } from "../world/scheduler.ts";
import type { Ledger } from "./ledger.ts";
import type { NodeWeather } from "./node-weather.ts";

/** The part of a lease for which, after it was asked for, the row is surely there, and for a moment more. */
const SURE = 0.8;
/** The part of a lease that may pass between two renewals before it counts as a time without the server. */
const GAP = 0.5;

export interface NodeWayOptions extends Pick<DoorOptions, "scheduler" | "weather" | "trace"> {
  life: Life & { readonly name: string };
  node: MemoryNode;
  winds: NodeWeather;
  ledger: Ledger;
  crash: DoorOptions["crash"];
  /** Another node has taken over. */
  fenced(): void;
}

export class NodeWay implements Way, MemoryKeeper {
  /** What was sent goes on without who has sent it. */
  readonly onTheWay: Life;
  fault: string | null = null;
  readonly #options: NodeWayOptions;
  /** Until when (elapsed ms) nothing gets through. */
  #cutUntil = 0;
  /** When the last of each thread gets there. */
  readonly #arrivals = new Map<Thread, number>();
  /** When (elapsed ms) the last renewal that took place was sent. */
  #renewedAt: number;
  /** Since when (elapsed ms) the server has been there all the time. */
  #steadySince: number;
  #renewing: Promise<void> | null = null;
  /** Who waits for the next one. */
  #waiting: (() => void)[] = [];

  constructor(options: NodeWayOptions) {
    this.#options = options;
    this.#renewedAt = this.#steadySince = options.scheduler.elapsed;
    options.node.keeper = this;
    this.onTheWay = { alive: true, name: `way of ${options.life.name}` };
  }

  get isCut(): boolean {
    return this.#cutUntil > this.#options.scheduler.elapsed;
  }

  cut(ms: number): void {
    this.#cutUntil = this.#options.scheduler.elapsed + ms;
  }

  send(thread: Thread, work: () => Promise<void>): void {
    const { scheduler, winds } = this.#options;
    const { elapsed } = scheduler;
    const at = Math.max(
      this.#arrivals.get(thread) ?? 0,
      winds.isOver ? 0 : this.#cutUntil,
      elapsed + winds.delayMs(),
    );
    this.#arrivals.set(thread, at);
    const arrive = () => scheduler.post(thread, this.onTheWay, work);
    if (at <= elapsed) arrive();
    else scheduler.work(at - elapsed, this.onTheWay, arrive);
  }

  reply(thread: Thread, answer: () => void): void {
    const { scheduler, life, winds } = this.#options;
    const lane = thread === "writer" ? "written" : "read";
    const tell = () => life.alive && scheduler.post(lane, life, answer);
    if (!this.isCut || winds.isOver) tell();
    else scheduler.work(this.#cutUntil - scheduler.elapsed, life, tell);
  }

  async commit(batch: readonly HandOver[]): Promise<HandOverResult[]> {
    const { node, weather, winds, scheduler } = this.#options;
    const { fence } = node;
    const loss = winds.loss();
    if (loss !== null) return await this.#overLost(batch, loss);
    const ms = weather.commitMs();
    if (ms > 0) await new Promise<void>((go) => scheduler.work(ms, this.onTheWay, go));
    return await ask(this, "writer", () => this.#land(batch, fence)).catch((thrown) => {
      this.#isFenced(thrown);
      throw thrown;
    });
  }

  /** Whether it was stored is found out over the next connection; what comes later over the last is too late. */
  async #overLost(
    batch: readonly HandOver[],
    { landsMs, noticedMs }: { landsMs: number; noticedMs: number },
  ): Promise<HandOverResult[]> {
    const { node, scheduler, life, trace } = this.#options;
    const { fence } = node;
    trace(`${life.name}: the connection is lost under a commit of ${batch.length}`);
    let took: HandOverResult[] | null = null;
    const land = () =>
      scheduler.post("writer", this.onTheWay, async () => {
        took = await this.#land(batch, fence).catch(() => null);
      });
    scheduler.work(landsMs, this.onTheWay, land);
    await new Promise<void>((go) => scheduler.work(noticedMs, life, go));
    const found = await ask(this, "writer", async () => node.settle() ? { took } : null);
    if (found === null) throw this.#fence();
    return found.took ?? await this.commit(batch);
  }

  /** Done by the server, be there somebody left to hear of it or not. */
  async #land(batch: readonly HandOver[], fence: NodeFence): Promise<HandOverResult[]> {
    const { node, ledger, scheduler } = this.#options;
    scheduler.stir();
    return await write(this.#options, batch, async (allowed) => {
      const results = await node.commit(allowed, fence);
      ledger.landed(node.server, fence, allowed, results);
      return results;
    });
  }

  #isFenced(thrown: unknown): void {
    const { code, details } = thrown as OpcodeError;
    if (code === "STORE_ERROR" && details?.retryable === false) this.#fence();
  }

  /** The row is gone: nothing of this process is stored any more. */
  #fence(): OpcodeError {
    const fault = "another node has taken over from this one: nothing more of it is stored";
    if (this.fault === null) {
      this.fault = fault;
      this.#options.fenced();
    }
    return new OpcodeError("STORE_ERROR", fault, { details: { retryable: false } });
  }

  /** As the keeper of a node's row has it. */
  sure(): Promise<void> | null {
    const { scheduler } = this.#options;
    if (scheduler.elapsed - this.#renewedAt < SURE * LEASE_MS && this.fault === null) return null;
    void this.renew();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The server may have been away for others as for this one: then they have a whole lease to be heard of. */
  get judges(): boolean {
    const { elapsed } = this.#options.scheduler;
    return elapsed - this.#steadySince > LEASE_MS && elapsed - this.#renewedAt < GAP * LEASE_MS;
  }

  /** Says that it is alive; what it hears back may end it. */
  renew(): Promise<void> {
    return this.#renewing ??= this.#renew().finally(() => this.#renewing = null);
  }

  async #renew(): Promise<void> {
    const { node, ledger, scheduler } = this.#options;
    const sentAt = scheduler.elapsed;
    const isAlive = await ask(this, "keeper", () => {
      const stands = node.renew();
      if (stands) ledger.heard(node.fence);
      return Promise.resolve(stands);
    });
    if (!isAlive) return void this.#fence();
    if (sentAt - this.#renewedAt > GAP * LEASE_MS) this.#steadySince = sentAt;
    this.#renewedAt = sentAt;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  close(): Promise<void> {
    return this.#options.node.close();
  }
}
