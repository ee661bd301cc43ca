// How much memory runs hold, counted by run, agent and process, and which run pays when it is too much.

import { OpcodeError } from "../../core/errors.ts";
import { Room } from "./room.ts";
import { type Budget, Ledger, type Share, type Totals } from "./share.ts";

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

const SETTINGS: Record<Budget, string> = {
  run: "memory.per_run",
  agent: "memory.per_agent",
  process: "memory.total",
  steps: "max_run_steps",
};

/** What a run over a budget fails with; `used` and `limit` are bytes, or steps. */
export function budgetError(
  { budget, limit, used }: { budget: Budget; limit: number; used: number },
): OpcodeError {
  const setting = SETTINGS[budget];
  const words: Record<Budget, string> = {
    run: `the run holds ${used} bytes of memory, more than the ${limit} of`,
    agent: `the agent's runs hold ${used} bytes of memory, more than the ${limit} of`,
    process: `all runs hold ${used} bytes of memory, more than the ${limit} of`,
    steps: `the run has begun ${used} steps, as many as it may by`,
  };
  return new OpcodeError("BUDGET_EXCEEDED", `${words[budget]} the setting ${setting}`, {
    details: { budget, setting, limit, used: Math.round(used) },
  });
}

/** Of what all runs may hold: a heap that is nearly full is collected again and again. */
const CROWDED = 1 / 2;
/** Of the same: what is kept for agents that hold little, an equal part for each. */
const KEPT_FOR_SMALL = 1 / 4;

/** What a run may still hold. */
export class RunRoom {
  readonly #share: Share;
  readonly #limit: number;

  constructor(share: Share, limit: number) {
    this.#share = share;
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#limit - this.#share.held;
  }

  /** Why the run may not hold so many bytes more. */
  refusal(bytes: number): OpcodeError {
    return budgetError({ budget: "run", limit: this.#limit, used: this.#share.held + bytes });
  }
}

export class Budgets implements Totals {
  readonly limits: BudgetLimits;
  /** Bytes that all runs hold. */
  held = 0;
  moving = 0;
  readonly room = new Room(this);
  readonly #agents = new Map<string, Ledger>();

  constructor(limits: BudgetLimits) {
    this.limits = limits;
  }

  /** Whether what can be read again had better leave memory, though there is room for it. */
  get crowded(): boolean {
    return this.held > this.limits.totalBytes * CROWDED;
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
    ledger.loose.add(share);
    share.ledger = ledger;
    ledger.hold(share.held);
    ledger.move(share.moving);
  }

  dismiss(share: Share): void {
    const { ledger } = share;
    if (!ledger) return;
    share.ledger = null;
    ledger.hold(-share.held);
    ledger.move(-share.moving);
    ledger.shares.delete(share);
    ledger.loose.delete(share);
    if (ledger.shares.size === 0) this.#agents.delete(ledger.agentId);
  }

  /** What the run may hold beyond what it does. */
  roomFor(share: Share): RunRoom {
    return new RunRoom(share, this.limits.runBytes);
  }

  /**
   * Which budget has no room for so many bytes more of the run, once what can be read again has been
   * let go of: of the run itself, then of those that hold most. An agent that holds little has room
   * though others fill the process.
   */
  lack(share: Share, bytes: number): Exclude<Budget, "steps"> | null {
    const { runBytes, agentBytes, totalBytes } = this.limits;
    if (share.held + bytes > runBytes) {
      share.relieve();
      if (share.held + bytes > runBytes) return "run";
    }
    const { ledger } = share;
    if (!ledger) return null;
    const ofAgent = () => ledger.held + bytes > agentBytes;
    if (ofAgent() && !relieved(ledger, ofAgent)) return "agent";
    if (ledger.held + bytes <= totalBytes * KEPT_FOR_SMALL / this.#agents.size) return null;
    const ofAll = () => this.held + bytes > totalBytes;
    if (!ofAll()) return null;
    for (const each of this.#agents.values()) if (relieved(each, ofAll)) return null;
    return "process";
  }

  /** Whether something that counts for the budget will leave memory by itself. */
  moves(share: Share, budget: Budget): boolean {
    const of = { run: share, agent: share.ledger, process: this, steps: null }[budget];
    return (of?.moving ?? 0) > 0;
  }

  /**
   * Why the run may not go on, or null. When its agent, or all runs together, hold too much, the run
   * that holds most pays, of the agent that holds most: this one, or another, which is told.
   */
  check(share: Share): OpcodeError | null {
    for (let lack = this.lack(share, 0); lack !== null; lack = this.lack(share, 0)) {
      if (lack === "run") return this.#error("run", share.held);
      const ledger = lack === "agent" ? share.ledger! : largestOf(this.#agents.values());
      const error = this.#error(lack, lack === "agent" ? ledger.held : this.held);
      const victim = largestOf(ledger.shares);
      if (victim === share) return error;
      // What it holds is as good as gone.
      this.dismiss(victim);
      victim.exceeded(error);
    }
    return null;
  }

  #error(budget: "run" | "agent" | "process", used: number): OpcodeError {
    const { runBytes, agentBytes, totalBytes } = this.limits;
    const limit = { run: runBytes, agent: agentBytes, process: totalBytes }[budget];
    return budgetError({ budget, limit, used });
  }
}

/** Lets go of what can be read again, of those that hold most first. Returns whether that will do. */
function relieved({ loose }: Ledger, over: () => boolean): boolean {
  for (const share of [...loose].sort((a, b) => b.held - a.held)) {
    share.relieve();
    if (!over()) return true;
  }
  return false;
}

function largestOf<T extends { held: number }>(all: Iterable<T>): T {
  let largest: T | undefined;
  for (const each of all) if (!largest || each.held > largest.held) largest = each;
  return largest!;
}
