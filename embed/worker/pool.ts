// Evaluates expressions in threads of their own, with a deadline and a memory limit for each.
//
// At most three threads, started on first use and kept warm, of which one agent has at most two: who
// asks for much that runs away leaves one for the others, and these take turns. That one is started
// before it is asked for: as soon as the other two have been busy for long. A thread that overruns is
// ended and replaced. A busy thread does not stop on Deno when it is ended: there, what no
// engine bounds by itself (a jq program) goes on using its core after the request has timed out.
//
// Nearly all of a small call of jq is getting jq ready: what waits of one agent travels together, of
// programs that are known to be quick. Where that does not end well, each is asked again alone.

import { OpcodeError } from "../../core/errors.ts";
import { valueOfParts } from "../../core/json-parts.ts";
import { jsonInPieces, TextTooLong, WrittenTexts } from "../../core/json-pieces.ts";
import { inPieces } from "../../core/pieces.ts";
import { Turnstile } from "../../core/turnstile.ts";
import type { EvaluateOptions, ExpressionRequest } from "../../core/expression.ts";
import { FairQueue, type Party } from "../../core/fair-queue.ts";
import type { Json } from "../../core/json.ts";
import type { ThreadScript } from "../../core/thread.ts";
import { detailsOf, nameOf, type Outcome, type Said, type Work } from "./messages.ts";
import type { Job } from "./job.ts";
import { PoolThread } from "./pool-thread.ts";
import { QuickSources } from "./quick-sources.ts";
import { gather, type Rider } from "./riders.ts";

/** How long one evaluation may take. */
export const DEADLINE_MS = 2_000;

/** How long a thread may take to start and to load an engine. */
const START_MS = 20_000;
const MOST_THREADS = 3;

/** How long two threads must be busy for a third to be started that nobody has asked for yet. */
const BUSY_MS = 100;

/** Characters of JSON that one evaluation may see: more than one output of a step may have. */
const MOST_DATA = 24 * 1024 * 1024;

/** How long they may take together before each is asked alone. */
const TOGETHER_MS = 1_000;

/** Whoever asks without a name. */
const NOBODY: Party = { agent: "", run: "" };

export class WorkerPool {
  readonly #script: ThreadScript;
  readonly #most: number;
  readonly #waiting = new FairQueue<Job>();
  readonly #idle: PoolThread[] = [];
  readonly #threads = new Set<PoolThread>();
  /** How many threads work for each agent that has any. */
  readonly #held = new Map<string, number>();
  /** It loads an engine, so that whoever asks next need not wait for that. */
  #warming: PoolThread | null = null;
  #closed = false;
  readonly #texts = new WrittenTexts();
  readonly #turnstile = new Turnstile();
  readonly #quick = new QuickSources();
  /** The large text that is being written: there is one at a time. */
  #writing: Promise<unknown> = Promise.resolve();

  /** `most`: threads; two at least, of which one agent has all but one. */
  constructor(options: { script: ThreadScript; most?: number }) {
    this.#script = options.script;
    this.#most = options.most ?? MOST_THREADS;
  }

  /** See `Evaluate`. */
  evaluate(request: ExpressionRequest, options: EvaluateOptions = {}): Promise<Json> {
    const { party = NOBODY, deadlineMs = DEADLINE_MS, room, signal } = options;
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    if (signal?.aborted) return Promise.reject(cancelled());
    const job: Job = {
      party,
      request,
      isGivenUp: false,
      isAlone: false,
      room,
      deadlineMs,
      resolve,
      reject,
    };
    const queued = this.#waiting.push(party, job);
    const abort = () => {
      this.#waiting.withdraw(queued);
      job.isGivenUp = true;
      reject(cancelled());
    };
    signal?.addEventListener("abort", abort, { once: true });
    this.#serve();
    return promise.finally(() => signal?.removeEventListener("abort", abort));
  }

  /** Ends all threads; what was asked of them fails. */
  async close(): Promise<void> {
    this.#closed = true;
    for (let job = this.#waiting.shift(); job; job = this.#waiting.shift()) job.reject(cancelled());
    await Promise.all([...this.#threads].map((thread) => thread.end(cancelled())));
  }

  #serve(): void {
    while (this.#idle.length > 0 || this.#threads.size < this.#most) {
      const job = this.#waiting.shift((agent) => this.#may(agent));
      if (!job) return;
      const thread = this.#idle.pop() ?? this.#start();
      this.#hold(job.party.agent, 1);
      this.#begin(thread, job);
    }
    if (this.#waiting.size === 0) this.#texts.clear();
  }

  #begin(thread: PoolThread, job: Job): void {
    const run = (data: string) => {
      if (job.isGivenUp) return this.#spare(thread, job);
      // It may have ended while the text was written.
      if (!this.#threads.has(thread)) return this.#settle(thread, job, cancelled());
      const riders = gather({ job, data }, this.#waiting, this.#quick);
      if (riders.length > 1) return this.#travel(thread, riders);
      const work: Work = { ...job.request, data };
      thread.run(work, (said) => this.#settle(thread, job, said));
      this.#await(thread, work, job.deadlineMs);
    };
    const fail = (thrown: unknown) => {
      // What cannot be read, such as a value that cannot be opened, is an answer too.
      job.reject(thrown instanceof TextTooLong ? tooMuch(job.request) : thrown);
      this.#spare(thread, job);
    };
    try {
      const text = this.#write(job.request.data);
      if (typeof text === "string") run(text);
      else text.then(run).catch(fail);
    } catch (thrown) {
      fail(thrown);
    }
  }

  #travel(thread: PoolThread, riders: Rider[]): void {
    const works = riders.map(({ job, data }): Work => ({ ...job.request, data }));
    thread.run(works, (said) => {
      this.#hold(riders[0]!.job.party.agent, -1);
      const isDead = said instanceof OpcodeError;
      for (const [i, { job }] of riders.entries()) {
        const outcome = isDead ? null : said.outcomes[i]!;
        if (outcome) this.#answer(job, outcome);
        else if (this.#closed) job.reject(cancelled());
        else this.#askAlone(job);
      }
      if (!isDead) this.#idle.push(thread);
      this.#serve();
    });
    const deadlines = riders.map(({ job }) => job.deadlineMs);
    this.#await(thread, works, Math.min(TOGETHER_MS, ...deadlines));
  }

  #askAlone(job: Job): void {
    job.isAlone = true;
    this.#waiting.push(job.party, job);
  }

  /** What is small is written at once; the thread is kept for it meanwhile. */
  #write(data: Json): string | Promise<string> {
    const writing = jsonInPieces(data, { most: MOST_DATA, texts: this.#texts });
    // One piece and its end.
    writing.next();
    const first = writing.next();
    if (first.done) return first.value;
    const rest = this.#writing.then(() => inPieces(writing, this.#turnstile));
    this.#writing = rest.catch(() => {});
    return rest;
  }

  /** The thread was not needed after all. */
  #spare(thread: PoolThread, job: Job): void {
    this.#hold(job.party.agent, -1);
    if (this.#threads.has(thread)) this.#idle.push(thread);
    // Not now: whoever has many that cannot be asked would come back here for each of them.
    setImmediate(() => this.#serve());
  }

  #may(agent: string): boolean {
    const held = this.#held.get(agent) ?? 0;
    // The last thread that is ready is for who has none.
    if (this.#warming && this.#idle.length === 1 && held > 0) return false;
    return held < this.#most - 1;
  }

  #hold(agent: string, change: 1 | -1): void {
    const held = (this.#held.get(agent) ?? 0) + change;
    if (held > 0) this.#held.set(agent, held);
    else this.#held.delete(agent);
  }

  /** Starts the last thread before it is asked for. */
  #warm(engine: Work["engine"]): void {
    if (this.#closed || this.#warming || this.#threads.size !== this.#most - 1) return;
    const thread = this.#start();
    this.#warming = thread;
    thread.run({ engine, source: "1", mode: "check", data: "null" }, (said) => {
      if (this.#warming === thread) this.#warming = null;
      if (said instanceof OpcodeError) return;
      this.#idle.push(thread);
      this.#serve();
    });
    thread.limit(START_MS, () => cancelled());
  }

  #start(): PoolThread {
    const thread = new PoolThread(this.#script, () => {
      this.#threads.delete(thread);
      const at = this.#idle.indexOf(thread);
      if (at >= 0) this.#idle.splice(at, 1);
      if (thread === this.#warming) this.#warming = null;
      else if (thread.engine) this.#warm(thread.engine);
      this.#serve();
    });
    this.#threads.add(thread);
    return thread;
  }

  /** The clock starts anew once the engine is loaded. */
  #await(thread: PoolThread, work: Work | Work[], deadlineMs: number): void {
    const [first] = Array.isArray(work) ? work : [work];
    thread.limit(START_MS, () => tooLong(first!, START_MS));
    thread.begun = () => {
      thread.limit(deadlineMs, () => tooLong(first!, deadlineMs));
      setTimeout(() => {
        if (thread.isOn(work) && this.#idle.length === 0) this.#warm(first!.engine);
      }, BUSY_MS).unref();
    };
  }

  #settle(thread: PoolThread, job: Job, said: Said & { kind: "done" } | OpcodeError): void {
    this.#hold(job.party.agent, -1);
    if (said instanceof OpcodeError) {
      this.#quick.forget(job.request.source);
      return job.reject(said);
    }
    this.#idle.push(thread);
    const { engine, source } = job.request;
    if (engine === "jq" && said.outcome.kind === "value") this.#quick.note(source, said.ms);
    this.#answer(job, said.outcome);
    this.#serve();
  }

  #answer({ room, resolve, reject }: Job, outcome: Outcome): void {
    if (outcome.kind === "error") {
      const { code, message, details } = outcome.error;
      return reject(new OpcodeError(code, message, details && { details }));
    }
    const { parts, bytes } = outcome;
    if (room && bytes > room.bytes) return reject(room.refusal(bytes));
    const reading = valueOfParts(parts);
    const value = this.#inTurn(reading);
    if (value instanceof Promise) value.then(resolve, reject);
    else resolve(value);
  }

  /** What is small is done at once. */
  #inTurn<T extends Json>(work: Generator<void, T>): T | Promise<T> {
    work.next();
    const second = work.next();
    return second.done ? second.value : inPieces(work, this.#turnstile);
  }
}

function tooLong(work: Work, ms: number): OpcodeError {
  return new OpcodeError("TIMEOUT_ERROR", `${nameOf(work)} did not end within ${ms / 1000} s`, {
    details: detailsOf(work),
  });
}

function tooMuch(request: ExpressionRequest): OpcodeError {
  const most = `${MOST_DATA / 1024 / 1024} MiB`;
  return new OpcodeError(
    "EXECUTION_ERROR",
    `what ${
      nameOf(request)
    } sees has more than ${most} as JSON: let it see less, such as one output`,
    { details: detailsOf(request) },
  );
}

function cancelled(): OpcodeError {
  return new OpcodeError("CANCELLED", "the evaluation was given up");
}
