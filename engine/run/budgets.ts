// How much memory runs hold, counted by run, agent and process, and which run pays when it is too much.

import { OpcodeError } from "../../core/errors.ts";

export interface BudgetLimits {
  /** Bytes of heap that one run may hold. */
  runBytes: number;
  /** Bytes of heap that the runs of one agent may hold together. */
  agentBytes: number;
  /** Bytes of heap that all runs may hold together. */
  totalBytes: number;
  /** Steps that a run may begin in its life, each attempt and iteration counted. */
  runSteps: number;
}

export type Budget = "run" | "agent" | "process" | "steps";

const SETTINGS: Record<Budget, string> = {
  run: "memory.per_run",
  agent: "memory.per_agent",
  process: "memory.total",
  steps: "max_run_steps",
};

/** What a run over a budget fails with; `used` and `limit` are bytes, or steps. */
export function budgetError(
  { budget, limit, used, what }: { budget: Budget; limit: number; used: number; what?: string },
): OpcodeError {
  const setting = SETTINGS[budget];
  const words: Record<Budget, string> = {
    run: `the run holds ${used} bytes of memory, more than the ${limit} of`,
    agent: `the agent's runs hold ${used} bytes of memory, more than the ${limit} of`,
    process: `all runs hold ${used} bytes of memory, more than the ${limit} of`,
    steps: `the run has begun ${used} steps, as many as it may by`,
  };
  const because = what === undefined ? "" : `: ${what}`;
  return new OpcodeError("BUDGET_EXCEEDED", `${words[budget]} the setting ${setting}${because}`, {
    details: { budget, setting, limit, used: Math.round(used) },
  });
}

/** What one run holds. Before it is taken in, and once it has left, it counts for nobody else. */
export class Share {
  held = 0;
  /** Number of the run. */
  runNo = 0;
  ledger: Ledger | null = null;
  /** Lets go of what can be read again. */
  relieve: () => void = () => {};
  /** Told that the run has to pay. */
  exceeded: (error: OpcodeError) => void = () => {};

  hold(bytes: number): void {
    this.held += bytes;
    this.ledger?.hold(bytes);
  }

  drop(bytes: number): void {
    this.hold(-bytes);
  }
}

/** What the runs of one agent hold. */
export class Ledger {
  held = 0;
  readonly agentId: string;
  readonly shares = new Set<Share>();
  readonly #budgets: Budgets;

  constructor(budgets: Budgets, agentId: string) {
    this.#budgets = budgets;
    this.agentId = agentId;
  }

  hold(bytes: number): void {
    this.held += bytes;
    this.#budgets.held += bytes;
  }
}

export class Budgets {
  readonly limits: BudgetLimits;
  /** Bytes that all runs hold. */
  held = 0;
  readonly #agents = new Map<string, Ledger>();

  constructor(limits: BudgetLimits) {
    this.limits = limits;
  }

  /** The shares of all runs in memory. */
  *shares(): Generator<Share> {
    for (const { shares } of this.#agents.values()) yield* shares;
  }

  /** Counts the run's share for its agent and the process, until `dismiss`. */
  admit(share: Share, { runNo, agentId }: { runNo: number; agentId: string }): void {
    share.runNo = runNo;
    let ledger = this.#agents.get(agentId);
    if (!ledger) this.#agents.set(agentId, ledger = new Ledger(this, agentId));
    ledger.shares.add(share);
    share.ledger = ledger;
    ledger.hold(share.held);
  }

  dismiss(share: Share): void {
    const { ledger } = share;
    if (!ledger) return;
    share.ledger = null;
    ledger.hold(-share.held);
    ledger.shares.delete(share);
    if (ledger.shares.size === 0) this.#agents.delete(ledger.agentId);
  }

  /** Bytes that the run may hold beyond what it does. */
  roomOf(share: Share): number {
    return this.limits.runBytes - share.held;
  }

  /** The same, for whoever is to stop in time. */
  roomFor(share: Share): { readonly bytes: number; refusal(bytes: number): OpcodeError } {
    const roomOf = () => this.roomOf(share);
    return {
      get bytes() {
        return roomOf();
      },
      refusal: (bytes) => this.#error("run", share.held + bytes),
    };
  }

  /**
   * Why the run may not go on, or null. When its agent, or all runs together, hold too much, what can
   * be read again is let go of; if that is not enough, the run that holds most pays, of the agent
   * that holds most: this one, or another, which is told.
   */
  check(share: Share): OpcodeError | null {
    const { runBytes, agentBytes, totalBytes } = this.limits;
    if (share.held > runBytes) {
      share.relieve();
      if (share.held > runBytes) return this.#error("run", share.held);
    }
    const { ledger } = share;
    if (!ledger) return null;
    if (ledger.held > agentBytes) {
      const error = this.#settle(share, "agent", () => ledger.held > agentBytes ? ledger : null);
      if (error) return error;
    }
    if (this.held <= totalBytes) return null;
    return this.#settle(share, "process", () => this.held > totalBytes ? this.#largest() : null);
  }

  /** `over`: whose runs have to pay; null once nobody's. */
  #settle(share: Share, budget: "agent" | "process", over: () => Ledger | null) {
    const all = budget === "agent" ? [share.ledger!] : [...this.#agents.values()];
    for (const each of bySize(all.flatMap(({ shares }) => [...shares]))) {
      if (!over()) return null;
      each.relieve();
    }
    for (let ledger = over(); ledger; ledger = over()) {
      const error = this.#error(budget, budget === "agent" ? ledger.held : this.held);
      const [victim] = bySize([...ledger.shares]);
      if (victim === share) return error;
      // What it holds is as good as gone.
      this.dismiss(victim!);
      victim!.exceeded(error);
    }
    return null;
  }

  #largest(): Ledger {
    let largest: Ledger | undefined;
    for (const ledger of this.#agents.values()) {
      if (!largest || ledger.held > largest.held) largest = ledger;
    }
    return largest!;
  }

  #error(budget: "run" | "agent" | "process", used: number): OpcodeError {
    const { runBytes, agentBytes, totalBytes } = this.limits;
    const limit = { run: runBytes, agent: agentBytes, process: totalBytes }[budget];
    return budgetError({ budget, limit, used });
  }
}

function bySize(shares: Share[]): Share[] {
  return shares.sort((a, b) => b.held - a.held);
}
