// Which stretches of a text are to be taken out, as they are found from its beginning to its end.

export class Spans {
  readonly #from: number[] = [];
  readonly #to: number[] = [];

  /** Adds a stretch that ends no earlier than those before it; what overlaps becomes one. */
  add(from: number, to: number): void {
    let begin = from;
    let end = to;
    while (this.#to.length > 0 && this.#to.at(-1)! > begin) {
      begin = Math.min(begin, this.#from.pop()!);
      end = Math.max(end, this.#to.pop()!);
    }
    this.#from.push(begin);
    this.#to.push(end);
  }

  /** Those of two passes over a text. */
  with(other: Spans): Spans {
    const all = [...this.stretches(), ...other.stretches()].sort(([, a], [, b]) => a - b);
    const joined = new Spans();
    for (const [from, to] of all) joined.add(from, to);
    return joined;
  }

  /** The text with `mask` in place of each stretch. */
  replacedIn(text: string, mask: string): string {
    let masked = "";
    let done = 0;
    for (let i = 0; i < this.#from.length; i++) {
      masked += text.slice(done, this.#from[i]) + mask;
      done = this.#to[i]!;
    }
    return masked + text.slice(done);
  }

  /** In order, none touching the inside of another. */
  stretches(): [from: number, to: number][] {
    return this.#from.map((from, i) => [from, this.#to[i]!]);
  }
}
