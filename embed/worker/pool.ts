// Evaluates expressions in threads of their own, with a deadline and a memory limit for each.
//
// At most three threads, started on first use and kept warm, of which one agent has at most two: who
// asks for much that runs away leaves one for the others, and these take turns. A thread that
// overruns is ended and replaced. A busy thread does not stop on Deno when it is ended: there, what no
// engine bounds by itself (a jq program) goes on using its core after the request has timed out.

import { OpcodeError } from "../../core/errors.ts";
import type { EvaluateOptions, ExpressionRequest } from "../../core/expression.ts";
import { FairQueue, type Party } from "../../core/fair-queue.ts";
import type { Json } from "../../core/json.ts";
import type { ThreadScript } from "../../core/thread.ts";
import type { Said, Work } from "./messages.ts";
import { PoolThread } from "./pool-thread.ts";

/** How long one evaluation may take. */
export const DEADLINE_MS = 2_000;

/** How long a thread may take to start and to load an engine. */
const START_MS = 20_000;
const MOST_THREADS = 3;
const MOST_OF_AGENT = MOST_THREADS - 1;

/** Whoever asks without a name. */
const NOBODY: Party = { agent: "", run: "" };

interface Job {
  agent: string;
  work: Work;
  deadlineMs: number;
  resolve(value: Json): void;
  reject(error: OpcodeError): void;
}

export class WorkerPool {
  readonly #script: ThreadScript;
  readonly #waiting = new FairQueue<Job>();
  readonly #idle: PoolThread[] = [];
  readonly #threads = new Set<PoolThread>();
  /** How many threads work for each agent that has any. */
  readonly #held = new Map<string, number>();

  constructor(options: { script: ThreadScript }) {
    this.#script = options.script;
  }

  /** See `Evaluate`. */
  evaluate(request: ExpressionRequest, options: EvaluateOptions = {}): Promise<Json> {
    return this.run({ ...request, data: JSON.stringify(request.data) }, options);
  }

  /** Evaluates on data that is JSON text already. */
  run(work: Work, options: EvaluateOptions = {}): Promise<Json> {
    const { party = NOBODY, deadlineMs = DEADLINE_MS, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    if (signal?.aborted) return Promise.reject(cancelled());
    const withdraw = this.#waiting.push(party, {
      agent: party.agent,
      work,
      deadlineMs,
      resolve,
      reject,
    });
    const abort = () => {
      withdraw();
      reject(cancelled());
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#serve();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends all threads; what was asked of them fails. */
  async close(): Promise<void> {
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) job.reject(cancelled());
    await Promise.all([...this.#threads].map((thread) => thread.end(cancelled())));
  }

  #serve(): void {
    while (this.#idle.length > 0 || this.#threads.size < MOST_THREADS) {
      const job = this.#waiting.shift((agent) => (this.#held.get(agent) ?? 0) < MOST_OF_AGENT);
      if (!job) return;
      const thread = this.#idle.pop() ?? this.#start();
      this.#hold(job.agent, 1);
      thread.run(job.work, (said) => this.#settle(thread, job, said));
      this.#await(thread, job);
    }
  }

  #hold(agent: string, change: 1 | -1): void {
    const held = (this.#held.get(agent) ?? 0) + change;
    if (held > 0) this.#held.set(agent, held);
    else this.#held.delete(agent);
  }

  #start(): PoolThread {
    const thread = new PoolThread(this.#script, () => {
      this.#threads.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#serve();
    });
    this.#threads.add(thread);
    return thread;
  }

  /** The clock starts anew once the engine is loaded. */
  #await(thread: PoolThread, { work, deadlineMs }: Job): void {
    thread.limit(START_MS, () => tooLong(work, START_MS));
    thread.begun = () => thread.limit(deadlineMs, () => tooLong(work, deadlineMs));
  }

  #settle(
    thread: PoolThread,
    job: Job,
    said: Exclude<Said, { kind: "begun" }> | OpcodeError,
  ): void {
    this.#hold(job.agent, -1);
    if (said instanceof OpcodeError) return job.reject(said);
    this.#idle.push(thread);
    if (said.kind === "value") job.resolve(said.value);
    else {
      const { code, message, details } = said.error;
      job.reject(new OpcodeError(code, message, details && { details }));
    }
    this.#serve();
  }
}

function tooLong({ source }: Work, ms: number): OpcodeError {
  return new OpcodeError("TIMEOUT_ERROR", `the expression did not end within ${ms / 1000} s`, {
    details: { expression: source, retryable: false },
  });
}

function cancelled(): OpcodeError {
  return new OpcodeError("CANCELLED", "the evaluation was given up");
}
