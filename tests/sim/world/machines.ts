// Who serves in a simulated world: the processes, and what they live in.

import type { EngineFacade, LiveEvent } from "../../../engine/api.ts";
import type { Store } from "../../../engine/store/store.ts";
import type { Draw } from "../../support/generate/values.ts";
import type { TestVault } from "../../support/test-vault.ts";
import type { Call } from "../check/evidence.ts";
import type { Clients } from "./clients.ts";
import type { Receiver } from "./receiver.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Senders } from "./senders.ts";
import type { Weather } from "./weather.ts";

export interface Machines {
  /** An engine that answers: started if need be, and recovered. */
  up(): Promise<EngineFacade>;
  /** Sees to it that somebody is there or comes by himself. */
  keepUp(): Promise<unknown>;
  /** Whether who has asked this engine may still hear of it. */
  serves(opcode: EngineFacade): boolean;
  /** What befalls them between two tasks. */
  befall(): Promise<void>;
  /** From now on nothing does. */
  clear(): void;
  /** Whether nobody is there, and somebody will be as soon as one is asked for. */
  readonly areDown: boolean;
  /** How often a process began that was not the first. */
  readonly restarts: number;
  /** All that is stored, past every process. */
  readonly store: Store;
  /** Wall time where it is earliest, epoch ms. */
  readonly now: number;
  /** By how many ms what one of them notes may look too early to another, be no clock ever set back. */
  readonly spreadMs: number;
  /** What is wrong with how they shared the work. */
  readonly faults: readonly string[];
}

/** What the processes of a world have around them. */
export interface Site {
  scheduler: Scheduler;
  weather: Weather;
  clients: Clients;
  senders: Senders;
  receiver: Receiver;
  draw: Draw;
  /** Draws how much memory a process has. */
  memory: Draw;
  random: () => number;
  secrets: TestVault;
  calls: Call[];
  /** What each process has told of live events. */
  heard: LiveEvent[][];
  /** Looks whether all is well with what is stored. */
  inspect(): Promise<void>;
  fault(message: string): void;
  trace(line: string): void;
}

/** A world in which more happens than this does not come to rest. */
export const MOST_STEPS = 100_000;

/** A task or, when none is left, a turn of the real event loop: what imports something needs it. */
export async function stepOrTurn(scheduler: Scheduler): Promise<void> {
  if (await scheduler.step(Infinity)) return;
  await new Promise((resolve) => setImmediate(resolve));
}
