// Where the reading of a jq program stands, and what comes next; blanks between tokens are passed over.

const BLANK = /\s*/y;

export class Cursor {
  place = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  get atEnd(): boolean {
    this.#skipBlanks();
    return this.place >= this.#source.length;
  }

  /** What comes next, if it is this; a pattern is sticky. It is then behind. */
  takes(what: string | RegExp): string | undefined {
    this.#skipBlanks();
    return this.takesRaw(what);
  }

  /** The same, where blanks count. */
  takesRaw(what: string | RegExp): string | undefined {
    const found = this.#at(what);
    if (found !== undefined) this.place += found.length;
    return found;
  }

  sees(what: string | RegExp): boolean {
    this.#skipBlanks();
    return this.#at(what) !== undefined;
  }

  #at(what: string | RegExp): string | undefined {
    if (typeof what === "string") {
      return this.#source.startsWith(what, this.place) ? what : undefined;
    }
    what.lastIndex = this.place;
    return what.exec(this.#source)?.[0];
  }

  #skipBlanks(): void {
    BLANK.lastIndex = this.place;
    BLANK.exec(this.#source);
    this.place = BLANK.lastIndex;
  }
}
