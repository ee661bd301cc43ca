// The one door to the threads that draw: they start with the first picture, and end when none was asked for.

import { OpcodeError } from "../core/errors.ts";
import type { EvaluateOptions } from "../core/expression.ts";
import type { Party } from "../core/fair-queue.ts";
import type { Json } from "../core/json.ts";
import type { ThreadScript } from "../core/thread.ts";
import type { Drawn } from "./diagram/answer.ts";
import type { Picture } from "./diagram/picture.ts";
import { WorkerPool } from "./worker/pool.ts";
import { THREAD } from "./worker.ts";

/** How long one layout may take. */
export const DRAWING_MS = 5_000;
/** One for whoever asks for many, one for the others. */
const MOST_THREADS = 2;
/** A thread that draws holds 100 MB of Graphviz, font and pixels. */
const IDLE_MS = 60_000;
/** Drawings that one agent may wait for, and all agents together. */
const MOST_OF_AGENT = 16;
const MOST_ASKED = 256;
const RETRY_AFTER_MS = 1_000;

export type Draw = (
  format: Drawn,
  picture: Picture,
  options: { party: Party } & Pick<EvaluateOptions, "signal" | "deadlineMs">,
) => Promise<string>;

/**
 * Threads for drawings, of which there are none before the first and a minute after the last. Agents
 * take turns, and none has both threads.
 */
export class Drawer {
  readonly #script: ThreadScript;
  readonly #idleMs: number;
  #pool: WorkerPool | null = null;
  #asked = 0;
  /** By agent, of those that wait for any. */
  readonly #askedBy = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: { script: ThreadScript; idleMs?: number }) {
    this.#script = options.script;
    this.#idleMs = options.idleMs ?? IDLE_MS;
  }

  /** Whether it holds threads. */
  get isWarm(): boolean {
    return this.#pool !== null;
  }

  /**
   * TIMEOUT_ERROR for a layout that takes too long, VALIDATION_ERROR for an image too large, BUSY
   * when the agent, or all agents, wait for as many drawings as may wait.
   */
  readonly draw: Draw = async (format, picture, options) => {
    const { agent } = options.party;
    const mine = this.#askedBy.get(agent) ?? 0;
    if (mine >= MOST_OF_AGENT) throw tooMany(MOST_OF_AGENT, "of one agent");
    if (this.#asked >= MOST_ASKED) throw tooMany(MOST_ASKED, "of all agents");
    this.#askedBy.set(agent, mine + 1);
    clearTimeout(this.#timer);
    this.#pool ??= new WorkerPool({ script: this.#script, most: MOST_THREADS });
    this.#asked++;
    try {
      const data = picture as unknown as Json;
      const request = { engine: "diagram", source: format, mode: "value", data } as const;
      const answer = await this.#pool.evaluate(request, { deadlineMs: DRAWING_MS, ...options });
      return answer as string;
    } finally {
      this.#answered(agent);
      if (--this.#asked === 0) {
        this.#timer = setTimeout(() => void this.close(), this.#idleMs).unref();
      }
    }
  };

  #answered(agent: string): void {
    const left = this.#askedBy.get(agent)! - 1;
    if (left > 0) this.#askedBy.set(agent, left);
    else this.#askedBy.delete(agent);
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const pool = this.#pool;
    this.#pool = null;
    await pool?.close();
  }
}

function tooMany(limit: number, whose: string): OpcodeError {
  return new OpcodeError(
    "BUSY",
    `${limit} drawings ${whose} are under way, which is all that may be: ask again when some are ` +
      "answered; format mermaid needs no turn",
    { details: { path: "format", limit, retry_after_ms: RETRY_AFTER_MS } },
  );
}

export const drawInWorker: Draw = new Drawer({ script: THREAD }).draw;
