// What goes wrong with the nodes of one seed, and with their ways to the store: drawn, never decided by the load.

import { Draw } from "../../support/generate/values.ts";
import { weighted } from "../generate/place.ts";

/** What befalls a node. */
export type Blow =
  | "kill"
  /** It is told to end, and hands over. */
  | "stop"
  /** No turn of it runs. */
  | "pause"
  /** It does not reach the store. */
  | "cut"
  /** It does not run, and is begun once more elsewhere as the same instance. */
  | "twin";

/** How long a commit takes whose connection is lost, and how soon that is noticed, ms. */
export interface Loss {
  landsMs: number;
  noticedMs: number;
}

/** While nothing has happened for so long nothing befalls anybody either, ms. */
const QUIET_MS = 3_000;
const HOUR = 3_600_000;

export class NodeWeather {
  /** How many nodes there are. */
  readonly count: number;
  readonly #draw: Draw;
  readonly #blowShare: number;
  readonly #lossShare: number;
  readonly #delayMs: number;
  /** Whether the clocks of its nodes may differ. */
  readonly skews: boolean;
  #blowsLeft: number;
  #isOver = false;

  constructor(random: () => number, { least, most }: NodeCount) {
    const draw = this.#draw = new Draw(random);
    this.count = draw.int(least, most);
    this.#blowsLeft = draw.chance(0.9) ? draw.int(1, 7) : 0;
    this.#blowShare = draw.pick([0.002, 0.006, 0.02]);
    this.#lossShare = draw.chance(0.5) ? draw.pick([0.03, 0.15]) : 0;
    this.#delayMs = draw.pick([0, 0, 3, 200, 2_000]);
    this.skews = draw.chance(0.5);
  }

  /** From now on nothing goes wrong any more. */
  clear(): void {
    this.#isOver = true;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** By how much a node's wall clock differs from the world's, ms. */
  skewMs(): number {
    if (!this.skews) return 0;
    return this.#draw.pick([0, this.#draw.int(-2_000, 2_000), HOUR, -HOUR]);
  }

  /** `quietMs`: for how long nothing has happened. */
  blow(quietMs: number): Blow | null {
    if (this.#isOver || this.#blowsLeft === 0 || quietMs > QUIET_MS) return null;
    if (!this.#draw.chance(this.#blowShare)) return null;
    this.#blowsLeft--;
    return weighted<Blow>(this.#draw, [
      ["kill", 4],
      ["stop", 3],
      ["pause", 4],
      ["cut", 3],
      ["twin", 2],
    ]);
  }

  /** One of those that it may befall. */
  victim<T>(of: readonly T[]): T {
    return this.#draw.pick(of);
  }

  /** For how long a node is paused or cut off: less than its lease, or longer. */
  standstillMs(): number {
    return this.#draw.pick([
      this.#draw.int(1, 2_000),
      this.#draw.int(5_000, 11_000),
      this.#draw.int(10_000, 60_000),
    ]);
  }

  /** For how long nobody is there where a process has ended; Infinity: as long as the weather lasts. */
  downtimeMs(): number {
    return this.#draw.pick([
      0,
      this.#draw.int(1, 3_000),
      this.#draw.int(1, 3_000),
      this.#draw.int(8_000, 60_000),
      Infinity,
    ]);
  }

  /** Whether the next process comes without what the last one was called. */
  isAnother(): boolean {
    return this.#draw.chance(0.3);
  }

  /** Whether who has not come again comes when the weather is over. */
  isComing(): boolean {
    return this.#draw.chance(0.5);
  }

  /** Whether what a process had sent is lost with it. */
  losesSent(): boolean {
    return this.#draw.chance(0.5);
  }

  /** Whether those who wait for a node that does not answer give up. */
  isImpatient(): boolean {
    return this.#draw.chance(0.6);
  }

  /** How long the way to the store takes, ms. */
  delayMs(): number {
    if (this.#isOver || this.#delayMs === 0 || this.#draw.chance(0.7)) return 0;
    return this.#draw.int(1, this.#delayMs);
  }

  /** What becomes of a commit's connection; null: it stays. */
  loss(): Loss | null {
    if (this.#isOver || !this.#draw.chance(this.#lossShare)) return null;
    const noticedMs = this.#draw.pick([0, 50, 2_000]);
    const late = noticedMs + this.#draw.int(1, 300);
    return { landsMs: this.#draw.pick([0, late, this.#draw.int(1_000, 40_000)]), noticedMs };
  }
}

/** How many nodes a world has. */
export interface NodeCount {
  least: number;
  most: number;
}
