// How far a search may go on at once because no text can begin in between.
//
// The shift table of S. Wu and U. Manber, "A fast algorithm for multi-pattern searching", Technical
// Report TR-94-17, University of Arizona, 1994, over blocks of three units: what stands at the end of
// a window as long as the shortest text (eight units at most) says by how much no text fits.

/** Buckets that blocks of three units fall into. */
const BUCKETS = 1 << 15;
const BLOCK = 3;
export const LONGEST_WINDOW = 8;

export class Skips {
  /** Units of a window; 0 when the texts are too short for one, and every place may begin one. */
  readonly window: number;
  /** By bucket: by how much a window that ends with such a block may move on. */
  readonly shifts: Uint8Array;

  /** For texts of at least `shortest` units. */
  constructor(shortest: number) {
    this.window = shortest < BLOCK ? 0 : Math.min(shortest, LONGEST_WINDOW);
    this.shifts = new Uint8Array(this.window === 0 ? 1 : BUCKETS).fill(this.window - BLOCK + 1);
  }

  add(text: string): void {
    for (let end = BLOCK; end <= this.window; end++) {
      const bucket = bucketOf(
        text.charCodeAt(end - 3),
        text.charCodeAt(end - 2),
        text.charCodeAt(end - 1),
      );
      this.shifts[bucket] = Math.min(this.shifts[bucket]!, this.window - end);
    }
  }

  /** The first place from `start` on at which a text may begin whole before `end`; else -1. */
  next(text: string, start: number, end: number): number {
    const { window, shifts } = this;
    if (window === 0) return start < end ? start : -1;
    for (let last = start + window - 1; last < end;) {
      const shift = shifts[
        bucketOf(text.charCodeAt(last - 2), text.charCodeAt(last - 1), text.charCodeAt(last))
      ]!;
      if (shift === 0) return last - window + 1;
      last += shift;
    }
    return -1;
  }
}

function bucketOf(a: number, b: number, c: number): number {
  return (a << 10 ^ b << 5 ^ c) & (BUCKETS - 1);
}
