// How what is wrong with triggers is gathered, so that all of it is told at once.

import { OpcodeError } from "../core/errors.ts";

export class TriggerFaults {
  readonly found: OpcodeError[] = [];

  /** What `read` returns; undefined when it throws what is the author's fault, which is kept. */
  take<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (thrown) {
      this.#keep(thrown);
      return undefined;
    }
  }

  /** The same of what takes its time. */
  async wait<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (thrown) {
      this.#keep(thrown);
      return undefined;
    }
  }

  #keep(thrown: unknown): void {
    if (!(thrown instanceof OpcodeError)) throw thrown;
    this.found.push(thrown);
  }
}
