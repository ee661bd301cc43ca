// How heavy work is let in one piece at a time, so that what is quick gets its turn in between.

export class Turnstile {
  #waiting: (() => void)[] = [];
  #turning = false;

  /** Resolves in a turn of the event loop in which nobody else has been let in. */
  pass(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#turning) return;
      this.#turning = true;
      setImmediate(() => this.#turn());
    });
  }

  #turn(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#turning = false;
      return;
    }
    // Armed first: what comes in between two turns of the loop is served between two pieces.
    setImmediate(() => this.#turn());
    next();
  }
}
