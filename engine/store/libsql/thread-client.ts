// How the main thread calls a thread of the store, and learns that one has died.

import type { Worker } from "node:worker_threads";
import { OpcodeError } from "../../../core/errors.ts";
import { startThread, type ThreadScript } from "../../../core/thread.ts";
import type { Answer, Calls, Opened, ThreadData } from "./messages.ts";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: OpcodeError): void;
}

export class ThreadClient {
  readonly opened: Promise<Opened>;
  readonly #worker: Worker;
  readonly #role: ThreadData["role"];
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  readonly #onDeath: (error: OpcodeError) => void;
  #nextId = 1;
  #closing = false;
  #dead: OpcodeError | null = null;

  /** `onDeath` is told once when the thread ends without having been closed. */
  constructor(
    options: { script: ThreadScript; data: ThreadData; onDeath: (error: OpcodeError) => void },
  ) {
    const { script, data } = options;
    this.#role = data.role;
    this.#onDeath = options.onDeath;
    this.#worker = startThread(script, { workerData: data });
    const { promise, resolve, reject } = Promise.withResolvers<Opened>();
    this.opened = promise;
    // The first failure is reported by whoever awaits; later ones go to `onDeath`.
    promise.catch(() => {});
    this.#worker.on("message", (answer: Answer) => {
      if (answer.kind === "opened") resolve(answer.opened);
      else this.#answered(answer);
    });
    this.#worker.on("error", (error) => {
      reject(this.#error(messageOf(error)));
      this.#die(messageOf(error));
    });
    this.#exited = new Promise((done) => {
      this.#worker.on("exit", (code) => {
        reject(this.#error(`it ended with code ${code}`));
        if (this.#closing) this.#fail(this.#error("it is closed"));
        else this.#die(`it ended with code ${code}`);
        done();
      });
    });
  }

  call<Name extends keyof Calls>(
    name: Name,
    ...args: Calls[Name]["args"]
  ): Promise<Calls[Name]["result"]> {
    if (this.#dead !== null) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.postMessage({ id, call: name, args });
    });
  }

  /** Closes the thread's connection and waits until the thread is gone. */
  async close(): Promise<void> {
    if (this.#dead !== null) return;
    this.#closing = true;
    await this.call("close");
    await this.#exited;
  }

  /** Ends the thread at once, whatever it does. */
  async terminate(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #answered(answer: Exclude<Answer, { kind: "opened" }>): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.kind === "result") waiting?.resolve(answer.value);
    else waiting?.reject(new OpcodeError("STORE_ERROR", answer.message));
  }

  #die(reason: string): void {
    if (this.#dead !== null) return;
    const error = this.#error(reason);
    this.#fail(error);
    this.#onDeath(error);
  }

  #fail(error: OpcodeError): void {
    this.#dead = error;
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }

  #error(reason: string): OpcodeError {
    return new OpcodeError("STORE_ERROR", `the store's ${this.#role} thread failed: ${reason}`);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
