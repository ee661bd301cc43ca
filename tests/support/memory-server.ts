// A server in memory that several nodes have open, each by a handle of its own.

import type { Store } from "../../engine/store/store.ts";
import { MemoryNodes, type NodeFaults, type NodeFence } from "./memory-nodes.ts";
import type { MemoryKeeper } from "./memory-trees.ts";
import { MemoryState } from "./memory-state.ts";
import { MemoryStore, type MemoryStoreOptions, type NodeHandle } from "./memory-store.ts";

export { LEASE_MS, type NodeFence } from "./memory-nodes.ts";

export interface ServerOptions {
  /** The server's clock: leases go by it. */
  now: () => number;
  faults?: NodeFaults;
  store?: MemoryStoreOptions;
}

export interface MemoryServer {
  readonly nodes: MemoryNodes;
  /** All that is stored, past every node. */
  readonly store: Store;
  /** A process begins: what the last one of the instance had is its. `clock`: the node's own. */
  open(instance: string, clock?: () => number): MemoryNode;
}

export function createMemoryServer({ now, faults, store = {} }: ServerOptions): MemoryServer {
  const state = new MemoryState();
  const nodes = new MemoryNodes(state, now, faults);
  return {
    nodes,
    store: new MemoryStore(store, state),
    open: (instance, clock = now) => {
      const handle = { nodes, fence: nodes.register(instance, clock) };
      return new MemoryNode({ state, handle, clock, options: store });
    },
  };
}

export class MemoryNode extends MemoryStore {
  readonly #handle: NodeHandle;
  readonly #clock: () => number;

  constructor(
    made: {
      state: MemoryState;
      handle: NodeHandle;
      clock: () => number;
      options: MemoryStoreOptions;
    },
  ) {
    super(made.options, made.state, made.handle);
    this.#handle = made.handle;
    this.#clock = made.clock;
  }

  get server(): MemoryNodes {
    return this.#handle.nodes;
  }

  /** As what it commits from now on. */
  get fence(): NodeFence {
    return this.#handle.fence;
  }

  /** From now on this one renews its lease. */
  set keeper(keeper: MemoryKeeper) {
    this.#handle.keeper = keeper;
  }

  /** Says that it is alive; false when another node has taken over. */
  renew(): boolean {
    return this.#handle.nodes.renew(this.fence, this.#clock);
  }

  /** Has another connection from now on; false when another node has taken over. */
  settle(): boolean {
    const fence = this.#handle.nodes.settle(this.fence);
    if (fence !== null) this.#handle.fence = fence;
    return fence !== null;
  }
}
