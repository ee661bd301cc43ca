// Deliberate faults of the store that nodes share, each of which the simulator must see.
//
// They live in the tests' own store: on a server the epoch of a commit and the time of a lease are SQL,
// whose rules that one has, as the suites that both pass say.

import type { NodeFaults } from "../../support/memory-nodes.ts";
import type { NodeCount } from "./node-weather.ts";

/** How many nodes the worlds of tests have. */
export const NODES: NodeCount = { least: 2, most: 4 };

const FAULTS: Record<string, NodeFaults> = {
  /** What an earlier process or connection of a node has sent is stored as if it were the node's. */
  "no epoch in the guard": { noEpoch: true },

  /** One whose clock is ahead stays alive long after its death, one that is behind is always dead. */
  "a lease renewed by the node's clock": { nodeClock: true },
};

/** One fault in the making; `struck` tells whether it has made a difference. */
export interface NodeMutation {
  readonly nodes: NodeCount & { faults: NodeFaults };
  readonly struck: boolean;
}

export const NODE_MUTATIONS: Record<string, () => NodeMutation> = Object.fromEntries(
  Object.entries(FAULTS).map(([name, fault]) => [name, () => {
    const mutation = {
      struck: false,
      nodes: { ...NODES, faults: { ...fault, struck: () => void (mutation.struck = true) } },
    };
    return mutation;
  }]),
);
