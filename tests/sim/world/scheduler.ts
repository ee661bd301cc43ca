// What happens next in the simulated world: one seeded choice among all that could.

import type { Clock } from "../../../core/clock.ts";

/** Work of one thread keeps its order; whose turn it is among the threads is drawn. */
export type Lane = "loop" | "reader" | "writer" | "keeper" | "read" | "written" | "outside";

type Task = () => void | Promise<void>;

interface Timer {
  due: number;
  wake: () => void;
  owner: Life;
  /** Something is under way until then, rather than somebody being woken. */
  isWork: boolean;
}

/** Whose work it is: what belongs to a process ends with it. */
export interface Life {
  alive: boolean;
  /** Of one among several: it has threads of its own. */
  readonly name?: string;
  /** Nothing of it runs, and its timers are late. */
  isPaused?: boolean;
  /** By how many ms its wall clock differs from the world's. */
  readonly skewMs?: number;
  /** It looks again and again for what others have done: the less happens, the more seldom. */
  readonly polls?: boolean;
}

/** The world's wall clock begins here. */
export const EPOCH = Date.UTC(2026, 0, 1);

/** Time passes although there is work to do in this share of the steps, up to so many ms. */
const LAG = { share: 0.05, mostMs: 20 };

/**
 * What polls is woken as late as this share of the time in which nothing has happened, at most by so
 * many ms, if it wanted to be woken within so many: a world in which all wait is soon over.
 */
const LULL = { share: 0.25, mostMs: 5_000, withinMs: 2_500 };

/**
 * Runs one task at a time and lets what it settles come to rest before the next: the same seed
 * gives the same order. Nothing here waits for real time.
 */
export class Scheduler {
  readonly #random: () => number;
  /** By lane, and its owner's name where that has one. */
  readonly #lanes = new Map<string, { owner: Life; run: Task }[]>();
  #timers: Timer[] = [];
  #elapsed = 0;
  #wallOffset = EPOCH;
  #hearing: { owner: Life; heard: () => void }[] = [];
  /** By how many ms the wall clock was set back in all. */
  setBackMs = 0;
  /** When (wall time) it was set ahead, and by how many ms. */
  readonly jumps: { at: number; ms: number }[] = [];
  steps = 0;
  /** When (elapsed ms) something happened last, but for somebody looking whether something did. */
  #stirredAt = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Simulated ms since the beginning; never goes back. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** Simulated wall time, epoch ms. */
  get now(): number {
    return Math.floor(this.#elapsed + this.#wallOffset);
  }

  /** Whether nothing is there to do before a timer is due. */
  get isIdle(): boolean {
    const next = this.#earliest();
    return this.#ready().length === 0 && (next === undefined || next.due > this.#elapsed);
  }

  /** For how many ms nothing has happened; see `stir`. */
  get quietMs(): number {
    return this.#elapsed - this.#stirredAt;
  }

  /** Something happens that is more than a look at what others do. */
  stir(): void {
    this.#stirredAt = this.#elapsed;
  }

  /** Whether something is under way outside of the engine: a call, a commit. */
  get isWorking(): boolean {
    return !this.isIdle || this.#timers.some(({ isWork }) => isWork);
  }

  /** The wall clock is set, or the machine slept: processes hear of it within a second. */
  jumpWall(ms: number): void {
    if (ms > 0) this.jumps.push({ at: this.now, ms });
    this.#wallOffset += ms;
    if (ms < 0) this.setBackMs -= ms;
    for (const { owner, heard } of this.#hearing) {
      this.after(this.#random() * 1_000, owner, () => owner.alive && heard());
    }
  }

  post(lane: Lane, owner: Life, run: Task): void {
    const key = owner.name === undefined ? lane : `${lane} ${owner.name}`;
    const queue = this.#lanes.get(key);
    if (queue) queue.push({ owner, run });
    else this.#lanes.set(key, [{ owner, run }]);
  }

  after(ms: number, owner: Life, wake: () => void): () => void {
    return this.#add({ due: this.#elapsed + Math.max(0, ms), wake, owner, isWork: false });
  }

  /** What takes so many ms, and what it comes to. */
  work(ms: number, owner: Life, done: () => void): void {
    this.#add({ due: this.#elapsed + Math.max(0, ms), wake: done, owner, isWork: true });
  }

  #add(timer: Timer): () => void {
    this.#timers.push(timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** The clock as a process sees it. */
  clockFor(owner: Life): Clock {
    const { skewMs = 0, polls = false } = owner;
    return {
      now: () => this.now + skewMs,
      monotonic: () => this.#elapsed,
      after: (ms, wake) => this.after(polls ? this.#late(ms) : ms, owner, wake),
      onJump: (heard) => {
        const hearing = { owner, heard };
        this.#hearing.push(hearing);
        return () => this.#hearing = this.#hearing.filter((each) => each !== hearing);
      },
    };
  }

  #late(ms: number): number {
    if (ms > LULL.withinMs) return ms;
    return Math.max(ms, Math.min(LULL.share * this.quietMs, LULL.mostMs));
  }

  /** What a process had begun ends with it. */
  bury(owner: Life): void {
    owner.alive = false;
    for (const [lane, tasks] of this.#lanes) {
      const left = tasks.filter((task) => task.owner !== owner);
      // Another of that name never comes.
      if (owner.name !== undefined && left.length === 0) this.#lanes.delete(lane);
      else this.#lanes.set(lane, left);
    }
    this.#timers = this.#timers.filter((timer) => timer.owner !== owner);
    this.#hearing = this.#hearing.filter((each) => each.owner !== owner);
  }

  /**
   * Runs one task; when there is none, the next timer that is due by `until` (elapsed ms). False,
   * with nothing done, when there is neither.
   */
  async step(until: number): Promise<boolean> {
    const ready = this.#ready();
    const next = this.#earliest();
    const isDue = next !== undefined && next.due <= this.#elapsed;
    const choices = ready.length + (isDue ? 1 : 0);
    if (choices === 0 && (next === undefined || next.due > until)) return false;
    this.steps++;
    if (choices === 0) {
      this.#elapsed = next!.due;
      this.#fire(next!);
    } else {
      if (this.#random() < LAG.share) this.#elapsed += this.#random() * LAG.mostMs;
      const at = choices === 1 ? 0 : Math.floor(this.#random() * choices);
      if (at < ready.length) {
        const done = ready[at]!.shift()!.run();
        if (done) await done;
      } else this.#fire(next!);
    }
    await atRest();
    return true;
  }

  /** Time passes without work. */
  passTo(elapsed: number): void {
    this.#elapsed = Math.max(this.#elapsed, elapsed);
  }

  #ready(): { owner: Life; run: Task }[][] {
    return [...this.#lanes.values()].filter(([first]) => first && !first.owner.isPaused);
  }

  #earliest(): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.owner.isPaused) continue;
      if (earliest === undefined || timer.due < earliest.due) earliest = timer;
    }
    return earliest;
  }

  #fire(timer: Timer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    timer.wake();
  }
}

/**
 * Waits until no promise has anything left to tell. A tick comes after all of them, those that
 * they settle in turn included, and before anything of the real event loop.
 */
export function atRest(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
