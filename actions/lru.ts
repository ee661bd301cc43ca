// How compiled things are kept: the most recently used ones, neither too many nor of too much text.

export class Lru<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #most: number;
  readonly #mostText: number;
  #text = 0;

  /** `most`: how many are kept; `mostText`: characters of all their keys, unless it is one alone. */
  constructor(most: number, mostText: number) {
    this.#most = most;
    this.#mostText = mostText;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value of `key`, made now if it is not kept; what `make` throws is not kept. */
  get(key: string, make: () => Value): Value {
    let value = this.#entries.get(key);
    if (value === undefined) {
      value = make();
      this.#text += key.length;
    } else this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldest] of this.#entries) {
      const fits = this.#entries.size <= this.#most && this.#text <= this.#mostText;
      if (fits || oldest === key) break;
      this.#entries.delete(oldest);
      this.#text -= oldest.length;
    }
    return value;
  }
}
