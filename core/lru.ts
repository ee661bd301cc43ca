// How compiled things are kept: the most recently used ones, neither too many nor too large together.

export class Lru<Value> {
  readonly #entries = new Map<string, { value: Value; weight: number }>();
  readonly #most: number;
  readonly #mostWeight: number;
  readonly #weigh: (key: string, value: Value) => number;
  #weight = 0;

  /**
   * `most`: how many are kept; `mostWeight`: of what they weigh together, unless it is one alone:
   * by default the characters of their keys.
   */
  constructor(
    most: number,
    mostWeight: number,
    weigh: (key: string, value: Value) => number = (key) => key.length,
  ) {
    this.#most = most;
    this.#mostWeight = mostWeight;
    this.#weigh = weigh;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`, if it is kept: it is then the most recently used one. */
  peek(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** The value of `key`, made now if it is not kept; what `make` throws is not kept. */
  get(key: string, make: () => Value): Value {
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const value = make();
      entry = { value, weight: this.#weigh(key, value) };
      this.#weight += entry.weight;
    } else this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const [oldest, { weight }] of this.#entries) {
      const fits = this.#entries.size <= this.#most && this.#weight <= this.#mostWeight;
      if (fits || oldest === key) break;
      this.#entries.delete(oldest);
      this.#weight -= weight;
    }
    return entry.value;
  }

  /** Keeps nothing of `key` any more. */
  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
