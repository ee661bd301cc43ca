// How far a long text goes on behind its first characters, which have been found.
//
// The matcher of D. E. Knuth, J. H. Morris and V. R. Pratt, "Fast pattern matching in strings", SIAM
// Journal on Computing 6(2), 1977, begun in the middle of a text: each character is read once.

export class Tail {
  readonly text: string;
  /** By length of a beginning: the length of its longest border. Filled as far as it was needed. */
  readonly #borders: number[] = [0, 0];

  constructor(text: string) {
    this.text = text;
  }

  /**
   * Goes on in `within` from `at`, where `known` characters of the text have been read. Tells each
   * stretch that is a beginning of the text of at least `known` characters; returns where there is
   * none any more.
   */
  follow(
    within: string,
    at: number,
    known: number,
    tell: (from: number, to: number) => void,
  ): number {
    const { text } = this;
    let length = known;
    let from = at - known;
    let to = at;
    while (at < within.length) {
      const unit = within.charCodeAt(at);
      while (length >= known && (length === text.length || text.charCodeAt(length) !== unit)) {
        length = this.#border(length);
      }
      if (length < known) break;
      length++;
      at++;
      if (at - length > to) {
        tell(from, to);
        from = at - length;
      }
      to = at;
    }
    tell(from, to);
    return at;
  }

  #border(length: number): number {
    const { text } = this;
    const borders = this.#borders;
    while (borders.length <= length) {
      const unit = text.charCodeAt(borders.length - 1);
      let border = borders[borders.length - 1]!;
      while (border > 0 && text.charCodeAt(border) !== unit) border = borders[border]!;
      borders.push(text.charCodeAt(border) === unit ? border + 1 : 0);
    }
    return borders[length]!;
  }
}
