// How compiled things are kept: the most recently used ones, and never more than `most`.

export class Lru<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #most: number;
  readonly #evicted: (value: Value) => void;

  constructor(most: number, evicted: (value: Value) => void = () => {}) {
    this.#most = most;
    this.#evicted = evicted;
  }

  /** The value of `key`, made now if it is not kept; what `make` throws is not kept. */
  get(key: string, make: () => Value): Value {
    let value = this.#entries.get(key);
    if (value === undefined) value = make();
    else this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size > this.#most) {
      const [oldest, dropped] = this.#entries.entries().next().value!;
      this.#entries.delete(oldest);
      this.#evicted(dropped);
    }
    return value;
  }
}
