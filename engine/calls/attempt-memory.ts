// What an attempt is counted with: its params until they are passed on, what it reserves, its result.

import type { JsonObject } from "../../core/json.ts";
import { weigh } from "../../core/weigh.ts";
import type { Budgets } from "../memory/budgets.ts";
import type { Share } from "../memory/share.ts";
import { Claim } from "../memory/claim.ts";
import type { Pace } from "../actor/pace.ts";
import type { Suspects } from "../actor/suspects.ts";
import type { RunState } from "../state/state.ts";

/** Where memory is counted, and who remembers what it was taken for. */
export interface MemoryPort {
  budgets: Budgets;
  pace: Pace;
  suspects: Suspects;
}

export class AttemptMemory {
  readonly #port: MemoryPort;
  readonly #share: Share;
  readonly #agent: string;
  readonly #params: JsonObject;
  /** What the action has reserved, and then its result. */
  readonly claim: Claim;
  /** Bytes of heap that the params are counted with; null while they are not. */
  #paramsHeld: number | null = null;

  constructor(port: MemoryPort, run: Pick<RunState, "row" | "share">, params: JsonObject) {
    this.#port = port;
    this.#agent = run.row.agentId;
    this.#share = run.share;
    this.#params = params;
    this.claim = new Claim(port.budgets, run.share);
  }

  /**
   * Counts what is about to take memory, until the attempt's result is taken. What takes much of it
   * keeps the event loop busy as well: it waits for its agent's turn.
   */
  async reserve(bytes: number): Promise<void> {
    await this.claim.take(bytes);
    const { budgets, pace, suspects } = this.#port;
    await pace.turn(this.#agent);
    suspects.look(() => budgets.shares(), bytes);
  }

  /** Counts the params, until they are released or let go of, unless they are counted already. */
  countParams(): void {
    if (this.#paramsHeld === null) this.#hold(weigh(this.#params));
  }

  /** The action needs this param no more. */
  release(param: string): void {
    delete this.#params[param];
    if (this.#paramsHeld !== null) this.#hold(weigh(this.#params));
  }

  /** The action has ended: what it was given counts no more. */
  dropParams(): void {
    this.#hold(null);
  }

  /** Nothing is held any more. */
  letGo(): void {
    this.#hold(null);
    this.claim.end();
  }

  #hold(bytes: number | null): void {
    this.#share.hold((bytes ?? 0) - (this.#paramsHeld ?? 0));
    this.#paramsHeld = bytes;
  }
}
