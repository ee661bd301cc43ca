// How compiled things are kept: the most recently used ones, as long as their sources are not too large.

export class WeightedCache<Value> {
  readonly #entries = new Map<string, { value: Value; weight: number }>();
  readonly #most: number;
  #weight = 0;

  /** `most`: what the weights of all that is kept may add up to; one entry always stays. */
  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  set(key: string, value: Value, weight: number): void {
    this.delete(key);
    this.#entries.set(key, { value, weight });
    this.#weight += weight;
    while (this.#weight > this.#most && this.#entries.size > 1) {
      this.delete(this.#entries.keys().next().value!);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#weight -= entry.weight;
  }
}
