// What held the event loop up: looks often while there is work, and logs who kept it for too long.

import type { LogFields, Logger } from "../core/log.ts";
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
  } = {},
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let restTimer: NodeJS.Timeout | undefined;
  let last = 0;
  let lastCpu = 0;
  let idle = 0;
  let toldAt = -Infinity;
  let worst: Block | undefined;
  let count = 0;

  const tell = (now: number) => {
    if (!worst) return;
    log.warn("the event loop was blocked", fieldsOf(worst, count));
    toldAt = now;
    worst = undefined;
    count = 0;
  };

  const tellWhenDue = (now: number) => {
    if (now - toldAt >= lineEveryMs) tell(now);
  };

  const tellAtRest = () => tellWhenDue(performance.now());

  const look = () => {
    const now = performance.now();
    const cpu = cpuMs();
    // It was due a beat after the last one; what came between began within that beat.
    const blocked = now - last - BEAT_MS;
    const { ms, piece } = takeLongest();
    if (blocked > longestMs && (cpu - lastCpu > longestMs || blocked > longestPauseMs)) {
      count++;
      if (!worst || blocked > worst.blocked) worst = { blocked, cpu: cpu - lastCpu, ms, ...piece };
    }
    tellWhenDue(now);
    last = performance.now();
    lastCpu = cpu;
    if (++idle <= IDLE_BEATS) timer = setTimeout(look, BEAT_MS).unref();
    else {
      timer = undefined;
      // Nobody knows when it looks again.
      if (worst) {
        restTimer = setTimeout(tellAtRest, Math.ceil(toldAt + lineEveryMs - now) + 1).unref();
      }
    }
  };

  onWork(() => {
    idle = 0;
    if (timer !== undefined) return;
    clearTimeout(restTimer);
    // What it did before it came to rest, and the rest itself, are nobody's fault.
    takeLongest();
    last = performance.now();
    lastCpu = cpuMs();
    timer = setTimeout(look, BEAT_MS).unref();
  });
  return () => {
    onWork(() => {});
    clearTimeout(timer);
    clearTimeout(restTimer);
    tell(performance.now());
  };
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
