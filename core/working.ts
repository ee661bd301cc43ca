// What the event loop works on right now: whoever begins a piece of work says so, for the watchdog.

import { AsyncLocalStorage } from "node:async_hooks";
import type { LogFields } from "./log.ts";

/** Somebody who has work done, such as a run or a request. */
export interface Worker {
  /** By which a log line names it; asked only when there is something to say. */
  workFields(): LogFields;
}

/** A piece of work: who has it done and, where that says little, which part of it this is. */
export interface Piece {
  worker: Worker | undefined;
  part: string;
}

const callers = new AsyncLocalStorage<Worker>();

let current: Piece = { worker: undefined, part: "" };
let since = performance.now();
let longest: Piece = current;
let longestMs = 0;
let wake = () => {};

/**
 * From here until the next call the event loop works for `worker`: by default for the caller that
 * `workFor` named, which is how work is taken up again after a pause.
 */
export function working(worker: Worker | undefined = callers.getStore(), part = ""): void {
  mark();
  if (current === longest) current = { worker, part };
  else {
    current.worker = worker;
    current.part = part;
  }
  wake();
}

/** Runs what a caller asked for; `working()` without arguments names it from then on. */
export function workFor<T>(worker: Worker, run: () => T): T {
  return callers.run(worker, () => {
    working(worker);
    return run();
  });
}

/** The longest piece since this was last asked, ms; a pause counts to the piece before it. */
export function takeLongest(): { ms: number; piece: Piece } {
  mark();
  const taken = { ms: longestMs, piece: longest };
  longestMs = 0;
  return taken;
}

/** `woken` is called whenever a piece begins. */
export function onWork(woken: () => void): void {
  wake = woken;
}

function mark(): void {
  const now = performance.now();
  const ms = now - since;
  since = now;
  if (ms <= longestMs) return;
  longestMs = ms;
  longest = current;
}
