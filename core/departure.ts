// How a call learns that its caller no longer waits, at less cost than an AbortSignal has.

/** The part of an AbortSignal that is enough to stop waiting. */
export interface Leaving {
  readonly aborted: boolean;
  addEventListener(type: "abort", listener: () => void, options?: { once: true }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Somebody's leaving, which happens once. */
export class Departure implements Leaving {
  aborted = false;
  #listeners: (() => void)[] = [];

  /** Tells all that listen, once. */
  abort(): void {
    if (this.aborted) return;
    this.aborted = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Each listener is called at most once. */
  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners.splice(at, 1);
  }
}
