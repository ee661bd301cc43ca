// How a node of the in-memory store comes by trees of runs, as one of a server's does.

import type { EventId } from "../../engine/store/event-id.ts";
import type {
  Adopted,
  Claim,
  Message,
  MessageAnswer,
  OpenRun,
  OwnershipStore,
  Suspect,
} from "../../engine/store/store.ts";
import { LEASE_MS, type MemoryNodes, type NodeFence } from "./memory-nodes.ts";
import type { MemoryState } from "./memory-state.ts";
import { suspectsIn } from "./memory-suspects.ts";

/** Who renews the lease of a node, and knows for how long it is surely there. */
export interface MemoryKeeper {
  sure(): Promise<void> | null;
  /** Whether the node may say of others that they are dead. */
  readonly judges: boolean;
}

export interface TreesOptions {
  nodes: MemoryNodes;
  /** Which of them this one is. */
  fence: NodeFence;
  keeper: () => MemoryKeeper;
  /** What is committed; throws when this handle answers nothing any more. */
  read: () => MemoryState;
  sizeOf: (runNo: number) => number;
}

/** How it is looked for runs that go on here, page by page. */
interface Scan {
  after: number;
  /** Whether all of ours are among them, */
  own: boolean;
  /** else those of trees that have become ours since it began, or shortly before. */
  trees: Set<number>;
}

export class MemoryTrees implements OwnershipStore {
  readonly leaseMs = LEASE_MS;
  readonly #options: TreesOptions;
  /** The nodes that there were at the last look; null before the first. */
  #before: Set<number> | null = null;
  /** The last number that a node had been given by then. */
  #newest = 0;
  /** Null: there are no trees that nobody has. */
  #scan: Scan | null = null;
  /** Trees that were claimed for one of their runs: their others are to go on here, too. */
  readonly #claimed = new Set<number>();

  constructor(options: TreesOptions) {
    this.#options = options;
  }

  sure(): Promise<void> | null {
    return this.#options.keeper().sure();
  }

  async claim(id: string): Promise<Claim> {
    const { nodes, fence, read } = this.#options;
    const runNo = read().runNos.get(id);
    if (runNo === undefined) return { is: "nowhere", suspects: [] };
    const had = nodes.isOf(fence.no, runNo);
    if (!nodes.claim(fence, runNo)) return { is: "elsewhere", suspects: [] };
    if (had) return { is: "ours", suspects: [] };
    const root = nodes.rootOf(runNo);
    this.#claimed.add(root);
    return { is: "ours", suspects: this.#suspectsOf(new Set([root])) };
  }

  async adopt(limit: number): Promise<Adopted> {
    const { nodes, fence, read, sizeOf } = this.#options;
    const state = read();
    const isFirst = this.#before === null;
    // What was claimed for one of its runs is a tree that nobody had.
    const gone = this.#someGone() || this.#claimed.size > 0;
    if (isFirst || gone) this.#begin(isFirst);
    const scan = this.#scan;
    if (scan === null) return { runs: [], suspects: [], more: false, gone };
    const isWanted = (runNo: number) =>
      nodes.isUnowned(runNo) ||
      (nodes.isOf(fence.no, runNo) && (scan.own || scan.trees.has(nodes.rootOf(runNo))));
    const open = [...state.runs.values()].filter(({ runNo, status }) =>
      (status === "pending" || status === "active") && runNo > scan.after && isWanted(runNo)
    ).sort((a, b) => a.runNo - b.runNo).slice(0, limit);
    const more = open.length === limit;
    if (more) scan.after = open.at(-1)!.runNo;
    else this.#scan = null;
    const ours = open.filter(({ runNo }) => nodes.claim(fence, runNo));
    const roots = new Set(ours.map(({ runNo }) => nodes.rootOf(runNo)));
    for (const root of roots) scan.trees.add(root);
    const runs: OpenRun[] = ours.map(({ runNo, id }) => ({ runNo, id, bytes: sizeOf(runNo) }));
    return { runs, suspects: this.#suspectsOf(roots), more, gone };
  }

  #begin(own: boolean): void {
    const last = this.#scan;
    this.#scan = {
      after: 0,
      own: own || (last?.own ?? false),
      trees: new Set([...last?.trees ?? [], ...this.#claimed]),
    };
    this.#claimed.clear();
  }

  /** Whether nodes are gone that were there at the last look. */
  #someGone(): boolean {
    const { nodes, keeper } = this.#options;
    if (keeper().judges) nodes.removeDead();
    const before = this.#before ?? new Set<number>();
    // One that came after that look may have gone before this one.
    for (let no = this.#newest + 1; this.#before !== null && no <= nodes.newest; no++) {
      before.add(no);
    }
    this.#before = new Set(nodes.rows.keys());
    this.#newest = nodes.newest;
    return [...before].some((no) => !nodes.rows.has(no));
  }

  #suspectsOf(roots: ReadonlySet<number>): Suspect[] {
    const { nodes, read } = this.#options;
    return suspectsIn(read(), nodes).filter(({ runNo }) => roots.has(nodes.rootOf(runNo)));
  }

  async loggedUpTo(): Promise<EventId> {
    return this.#options.read().log.length as EventId;
  }

  async release(id: string): Promise<void> {
    const { nodes, fence, read } = this.#options;
    const runNo = read().runNos.get(id);
    if (runNo !== undefined) nodes.release(fence.no, runNo);
  }

  async ask(message: Message): Promise<void> {
    this.#nodes().ask(message);
  }

  async asked(limit: number): Promise<Message[]> {
    return this.#nodes().asked(this.#options.fence.no, limit);
  }

  async answer(answer: MessageAnswer): Promise<void> {
    if (this.#nodes().isCurrent(this.#options.fence)) this.#nodes().answer(answer);
  }

  async answerTo(id: string): Promise<string | null> {
    return this.#nodes().answerTo(id);
  }

  #nodes(): MemoryNodes {
    this.#options.read();
    return this.#options.nodes;
  }
}
