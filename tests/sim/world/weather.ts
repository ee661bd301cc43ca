// What goes wrong in one seed of the simulated world, and when: drawn, never decided by the load.

import type { HandOver } from "../../../engine/store/store.ts";
import { Draw } from "../../support/generate/values.ts";
import { type CommitKind, kindsOf } from "./commit-kinds.ts";

/** What becomes of a commit. */
export type Fate = "kept" | "failed" | "crash before" | "crash after";

/** A crash that was drawn for a commit. */
export interface CrashPoint {
  kinds: CommitKind[];
  when: "before" | "after";
}

/** So rare that they are crashed at whenever there is a crash left. */
const RARE: ReadonlySet<CommitKind> = new Set([
  "step resumed",
  "step ignored",
  "fallback",
  "late result",
  "loop end",
  "branches end",
  "signal: decision",
  "signal: retry",
  "signal: skip",
  "signal: cancel",
  "schedule changed",
  "schedule: started",
  "schedule: skipped",
  "schedule: queued",
  "run resumed",
  "interruption",
  "deadline",
  "cancellation",
  "decision dropped",
  "error handler",
]);

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

export class Weather {
  readonly #draw: Draw;
  #crashesLeft: number;
  readonly #crashShare: number;
  readonly #rareShare: number;
  readonly #failShare: number;
  readonly #refuseShare: number;
  readonly #jumpShare: number;
  readonly #strayShare: number;
  readonly #setsBack: boolean;
  /** How long a commit may take, in ms. */
  readonly slowCommitMs: number;
  /** Crashes at the boundaries of commits, so far. */
  readonly crashPoints: CrashPoint[] = [];
  #isOver = false;

  constructor(random: () => number) {
    const draw = this.#draw = new Draw(random);
    const isRough = draw.chance(0.85);
    this.#crashesLeft = isRough ? draw.int(0, 5) : 0;
    this.#crashShare = draw.pick([0.03, 0.1, 0.3]);
    this.#rareShare = draw.pick([0.1, 0.5]);
    this.#failShare = isRough && draw.chance(0.2) ? 0.05 : 0;
    this.#refuseShare = isRough && draw.chance(0.25) ? 0.04 : 0;
    this.#jumpShare = isRough && draw.chance(0.3) ? 0.01 : 0;
    this.#setsBack = draw.chance(0.4);
    this.#strayShare = isRough && draw.chance(0.3) ? 0.004 : 0;
    this.slowCommitMs = draw.pick([0, 0, 2, 50, 3_000]);
  }

  /** From now on nothing goes wrong any more. */
  clear(): void {
    this.#isOver = true;
  }

  fateOf(batch: readonly HandOver[]): Fate {
    if (this.#isOver) return "kept";
    if (this.#draw.chance(this.#failShare)) return "failed";
    if (this.#crashesLeft === 0) return "kept";
    const kinds = [...kindsOf(batch)];
    const share = kinds.some((kind) => RARE.has(kind)) ? this.#rareShare : this.#crashShare;
    if (!this.#draw.chance(share)) return "kept";
    this.#crashesLeft--;
    const when = this.#draw.chance(0.5) ? "before" : "after";
    this.crashPoints.push({ kinds, when });
    return `crash ${when}`;
  }

  /** Whether the database refuses this hand-over. */
  refuses(): boolean {
    return !this.#isOver && this.#draw.chance(this.#refuseShare);
  }

  commitMs(): number {
    return this.slowCommitMs === 0 || this.#draw.chance(0.7)
      ? 0
      : this.#draw.int(0, this.slowCommitMs);
  }

  /** What strikes between two tasks. */
  strikes(): "crash" | "stop" | null {
    if (this.#isOver || this.#crashesLeft === 0 || !this.#draw.chance(this.#strayShare)) {
      return null;
    }
    this.#crashesLeft--;
    return this.#draw.chance(0.6) ? "crash" : "stop";
  }

  /** By how much the wall clock is set between two tasks; 0 almost always. */
  jumpMs(): number {
    if (this.#isOver || !this.#draw.chance(this.#jumpShare)) return 0;
    if (this.#setsBack && this.#draw.chance(0.5)) return -this.#draw.int(1, 2 * MINUTE);
    return this.#draw.pick([this.#draw.int(1, 900), this.#draw.int(1, 10) * MINUTE, DAY]);
  }

  /** For how long nobody is there after a crash. */
  downtimeMs(): number {
    return this.#draw.pick([0, 0, this.#draw.int(1, 1_000), this.#draw.int(1, 10) * MINUTE, DAY]);
  }
}
