// What held the event loop up: looks often while there is work, and logs who kept it for too long.

import type { LogFields, Logger } from "../core/log.ts";
import type { Histogram } from "../core/metrics.ts";
import { onWork, type Piece, takeLongest } from "../core/working.ts";

/** No request and no step may keep the event loop for longer than this, ms. */
export const LONGEST_BLOCK_MS = 50;
/**
 * A pause in which less than that was computed is the machine's: others had the processor, or a disk
 * was slow. On a machine that is merely busy every second call has one, and nobody can act on it, so
 * it takes one as long as this, ms.
 */
const LONGEST_PAUSE_MS = 1_000;
/** Time between two looks. */
const BEAT_MS = 10;
/** Looks without any work, after which it rests until there is some. */
const IDLE_BEATS = 500;
/** At most one line in this time, so that these do not crowd out all others. */
const LINE_EVERY_MS = 60_000;

export interface WatchOptions {
  longestMs?: number;
  longestPauseMs?: number;
  lineEveryMs?: number;
  /** Told how late each look came, s. */
  lag?: Pick<Histogram, "observe">;
}

interface Block extends Piece {
  blocked: number;
  cpu: number;
  /** How long the piece took that is named. */
  ms: number;
}

/**
 * Watches this thread until `stopped` is called. A line `the event loop was blocked` says for how
 * long (`blocked_ms`), how much of it this thread computed (`cpu_ms`; the rest it was waiting for a
 * processor or a disk), and for whom it worked longest meanwhile (`piece_ms`): a run with its template and
 * step, or a request. It tells the first at once, then once a minute the worst of those that came
 * meanwhile, and what is left at the stop; `blocks` counts them, if there was more than this one.
 */
export function watchEventLoop(
  log: Logger,
  {
    longestMs = LONGEST_BLOCK_MS,
    longestPauseMs = LONGEST_PAUSE_MS,
    lineEveryMs = LINE_EVERY_MS,
    lag,
  }: WatchOptions = {},
): () => void {
  const told = new Told(log, lineEveryMs);
  let timer: NodeJS.Timeout | undefined;
  let last = 0;
  let lastCpu = 0;
  let idle = 0;

  const look = () => {
    const now = performance.now();
    const cpu = cpuMs() - lastCpu;
    // It was due a beat after the last one; what came between began within that beat.
    const blocked = now - last - BEAT_MS;
    lag?.observe(Math.max(0, blocked) / 1_000);
    const { ms, piece } = takeLongest();
    if (blocked > longestMs && (cpu > longestMs || blocked > longestPauseMs)) {
      told.add({ blocked, cpu, ms, ...piece });
    }
    told.whenDue(now);
    begin();
    if (++idle <= IDLE_BEATS) timer = setTimeout(look, BEAT_MS).unref();
    else {
      timer = undefined;
      // Nobody knows when it looks again.
      told.later(now);
    }
  };

  const begin = () => {
    last = performance.now();
    lastCpu = cpuMs();
  };

  onWork(() => {
    idle = 0;
    if (timer !== undefined) return;
    // What it did before it came to rest, and the rest itself, are nobody's fault.
    takeLongest();
    begin();
    timer = setTimeout(look, BEAT_MS).unref();
  });
  return () => {
    onWork(() => {});
    clearTimeout(timer);
    told.end();
  };
}

/** The lines about blocks: the first at once, then the worst of each stretch of time. */
class Told {
  readonly #log: Logger;
  readonly #everyMs: number;
  #at = -Infinity;
  #worst: Block | undefined;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, everyMs: number) {
    this.#log = log;
    this.#everyMs = everyMs;
  }

  add(block: Block): void {
    this.#count++;
    if (!this.#worst || block.blocked > this.#worst.blocked) this.#worst = block;
  }

  /** Writes the line, if there is one and its time has come. */
  whenDue(now: number): void {
    if (now - this.#at >= this.#everyMs) this.#tell(now);
  }

  /** Writes it when its time comes, though nobody asks. */
  later(now: number): void {
    clearTimeout(this.#timer);
    if (!this.#worst) return;
    const left = Math.ceil(this.#at + this.#everyMs - now) + 1;
    this.#timer = setTimeout(() => this.whenDue(performance.now()), left).unref();
  }

  /** Writes what is left. */
  end(): void {
    clearTimeout(this.#timer);
    this.#tell(performance.now());
  }

  #tell(now: number): void {
    if (!this.#worst) return;
    this.#log.warn("the event loop was blocked", fieldsOf(this.#worst, this.#count));
    this.#at = now;
    this.#worst = undefined;
    this.#count = 0;
  }
}

function fieldsOf({ blocked, cpu, ms, worker, part }: Block, count: number): LogFields {
  return {
    blocked_ms: Math.round(blocked),
    cpu_ms: Math.round(cpu),
    piece_ms: Math.round(ms),
    ...worker?.workFields(),
    ...(part !== "" && { part }),
    ...(count > 1 && { blocks: count }),
  };
}

/** Processor time of this thread, ms; where the runtime does not tell it, that of the process. */
function cpuMs(): number {
  const { user, system } = (process.threadCpuUsage ?? process.cpuUsage).call(process);
  return (user + system) / 1000;
}
