// What nodes that share a store owe each other: who is fenced stores nothing, who is alive is not fenced, and a run is one's.

import type { HandOver, HandOverResult } from "../../../engine/store/store.ts";
import { LEASE_MS, type MemoryNodes, type NodeFence } from "../../support/memory-nodes.ts";

/** What time may pass between two readings that are one. */
const SLACK_MS = 1;

/** Notes by the world's clock alone what the store's rows must come to. */
export class Ledger {
  readonly faults: string[] = [];
  readonly #elapsed: () => number;
  /** When each process was last heard of, by incarnation. */
  readonly #heardAt = new Map<number, number>();
  /** Who has changed each tree last, by number of its first run. */
  readonly #changedBy = new Map<number, NodeFence>();

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  /** A process has said that it is alive. */
  heard({ incarnation }: NodeFence): void {
    this.#heardAt.set(incarnation, this.#elapsed());
  }

  /** Somebody has looked who is dead: these were, and those are taken for alive. */
  looked(removed: readonly NodeFence[], left: readonly NodeFence[]): void {
    for (const one of removed) {
      if (this.#silentMs(one) < LEASE_MS - SLACK_MS) {
        this.#fault(`node ${one.no} is taken for dead that was heard of`, one);
      }
    }
    for (const one of left) {
      if (this.#silentMs(one) > LEASE_MS + SLACK_MS) {
        this.#fault(`node ${one.no} is taken for alive that was not heard of`, one);
      }
    }
  }

  #silentMs({ incarnation }: NodeFence): number {
    return this.#elapsed() - this.#heardAt.get(incarnation)!;
  }

  #fault(what: string, node: NodeFence): void {
    this.faults.push(`${what} for ${Math.floor(this.#silentMs(node))} ms`);
  }

  /** A batch has arrived that was sent as `fence`, and this became of it. */
  landed(
    nodes: MemoryNodes,
    fence: NodeFence,
    batch: readonly HandOver[],
    results: readonly HandOverResult[],
  ): void {
    const stored = batch.filter((_, i) => results[i]!.ok);
    if (stored.length === 0) return;
    const row = nodes.rows.get(fence.no);
    if (row?.incarnation !== fence.incarnation || row.epoch !== fence.epoch) {
      this.faults.push(`a commit of node ${fence.no} is stored that is fenced`);
    }
    const changed = stored.flatMap(({ creates, updates, steps, events }) =>
      [...creates, ...updates, ...steps, ...events].map(({ runNo }) => nodes.rootOf(runNo))
    );
    for (const root of new Set(changed)) {
      const last = this.#changedBy.get(root);
      const isAnother = last !== undefined && last.incarnation !== fence.incarnation;
      if (isAnother && nodes.rows.get(last.no)?.incarnation === last.incarnation) {
        this.faults.push(`run ${root} is changed by node ${fence.no} while node ${last.no} has it`);
      }
      this.#changedBy.set(root, fence);
    }
  }
}
