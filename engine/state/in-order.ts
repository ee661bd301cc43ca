// Things of a run that come and go, in the order of a number that each of them has.

/** What comes and goes moves what is behind it by a place: one copy of pointers, no look at each. */
export class InOrder<T> {
  readonly #line: T[] = [];
  readonly #numberOf: (thing: T) => number;

  constructor(numberOf: (thing: T) => number) {
    this.#numberOf = numberOf;
  }

  get size(): number {
    return this.#line.length;
  }

  /** Takes the place of another one with the same number. */
  add(thing: T): void {
    const at = this.#indexOf(thing);
    const isKnown = at < this.#line.length &&
      this.#numberOf(this.#line[at]!) === this.#numberOf(thing);
    this.#line.splice(at, isKnown ? 1 : 0, thing);
  }

  delete(thing: T): void {
    if (this.#line.length === 0) return;
    const at = this.#indexOf(thing);
    if (this.#line[at] === thing) this.#line.splice(at, 1);
  }

  /** At most so many, the lowest numbers first. */
  first(most: number): T[] {
    return this.#line.slice(0, most);
  }

  /** At most so many, the highest numbers first. */
  last(most: number): T[] {
    return this.#line.slice(-most).reverse();
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#line.values();
  }

  /** Of the first whose number is no lower. */
  #indexOf(thing: T): number {
    const number = this.#numberOf(thing);
    let low = 0;
    let high = this.#line.length;
    // Most come last.
    if (high > 0 && this.#numberOf(this.#line[high - 1]!) < number) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#numberOf(this.#line[middle]!) < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
