// One thread of the pool: what it is asked, how long it may take, and how it ends.

import type { Worker } from "node:worker_threads";
import { OpcodeError } from "../../core/errors.ts";
import { startThread, type ThreadScript } from "../../core/thread.ts";
import { detailsOf, nameOf, type Said, type Work } from "./messages.ts";

/** Megabytes of JavaScript values in one thread; jq counts its own memory. */
const MEMORY_MB = 256;

const RESOURCE_LIMITS = {
  maxOldGenerationSizeMb: MEMORY_MB,
  maxYoungGenerationSizeMb: 32,
  stackSizeMb: 4,
};

type Ended = Exclude<Said, { kind: "begun" }> | OpcodeError;

export class PoolThread {
  /** Called when the engine of the request is loaded. */
  begun: () => void = () => {};
  /** The engine that it loaded for its latest request; null before the first. */
  engine: Work["engine"] | null = null;
  readonly #worker: Worker;
  readonly #left: () => void;
  #job: { work: Work | Work[]; settle: (ended: Ended) => void } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #gone = false;

  /** `left` is called once when the thread is of no use any more. */
  constructor(script: ThreadScript, left: () => void) {
    this.#left = left;
    this.#worker = startThread(script, {
      resourceLimits: RESOURCE_LIMITS,
      stdout: true,
      stderr: true,
    });
    this.#worker.on("message", (said: Said) => {
      // It may have been ended after it said so.
      if (this.#gone || this.#job === null) return;
      if (said.kind === "begun") {
        this.engine = oneOf(this.#job.work).engine;
        this.begun();
      } else this.#settle(said);
    });
    this.#worker.on("error", (error) => this.#die(deathOf(error as Error, this.#job?.work)));
    this.#worker.on("exit", () => this.#die(deathOf(new Error("it ended"), this.#job?.work)));
    // An idle thread never keeps its process from ending; a request does, by its timer.
    this.#worker.unref();
  }

  run(work: Work, settle: (ended: Said & { kind: "done" } | OpcodeError) => void): void;
  /** Several that one call of jq answers. */
  run(work: Work[], settle: (ended: Said & { kind: "all done" } | OpcodeError) => void): void;
  run(work: Work | Work[], settle: (ended: never) => void): void {
    this.#job = { work, settle: settle as (ended: Ended) => void };
    this.#worker.postMessage(work);
  }

  /** Whether it works on this and nothing else. */
  isOn(work: Work | Work[]): boolean {
    return this.#job?.work === work;
  }

  /** Ends the thread with `error()` unless it has answered within `ms` from now. */
  limit(ms: number, error: () => OpcodeError): void {
    clearTimeout(this.#timer);
    if (this.#job) this.#timer = setTimeout(() => void this.end(error()), ms);
  }

  async end(error: OpcodeError): Promise<void> {
    this.#die(error);
    await this.#worker.terminate();
  }

  #settle(ended: Ended): void {
    clearTimeout(this.#timer);
    const job = this.#job;
    this.#job = null;
    job?.settle(ended);
  }

  #die(error: OpcodeError): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#settle(error);
    this.#left();
    void this.#worker.terminate();
  }
}

function oneOf(work: Work | Work[]): Work {
  return Array.isArray(work) ? work[0]! : work;
}

function deathOf(error: Error & { code?: string }, job?: Work | Work[]): OpcodeError {
  const work = job && oneOf(job);
  const name = work ? nameOf(work) : "the expression";
  const message = error.code === "ERR_WORKER_OUT_OF_MEMORY"
    ? `${name} exceeds the limit of ${MEMORY_MB} MB of memory`
    : `the thread of ${name} failed: ${error.message}`;
  const details = work ? detailsOf(work) : { retryable: false };
  return new OpcodeError("EXECUTION_ERROR", message, { details });
}
