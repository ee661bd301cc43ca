// Which programs are known to compile and to end soon: these may travel with others.

/** How many are remembered, and characters of them together. */
const MOST = 1_000;
const MOST_LENGTH = 256 * 1024;

/** What takes longer gains nothing from company, and keeps it waiting. */
const QUICK_MS = 20;

export class QuickSources {
  readonly #known = new Map<string, number>();
  #length = 0;

  /** How long it took the last time that it was alone, ms; undefined when it is not known to be quick. */
  msOf(source: string): number | undefined {
    return this.#known.get(source);
  }

  /** It was run, or checked, alone, without an error. */
  note(source: string, ms: number): void {
    this.forget(source);
    if (ms > QUICK_MS) return;
    this.#known.set(source, ms);
    this.#length += source.length;
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MOST && this.#length <= MOST_LENGTH) return;
      this.forget(oldest);
    }
  }

  forget(source: string): void {
    if (this.#known.delete(source)) this.#length -= source.length;
  }
}
