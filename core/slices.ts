// How long work is done in pieces, between which whoever drives the event loop lets others in.

/** The pieces of one long work, the first of which has just begun. */
export interface Slices {
  /** Whether the piece has taken its time: then `pause`. */
  readonly due: boolean;
  /** Resolves when the next piece may begin. */
  pause(): Promise<void>;
}

/** Begins a long work; each has slices of its own. */
export type Slicing = () => Slices;

/** All in one piece: for those who have no event loop to share. */
export const inOnePiece: Slicing = () => ({ due: false, pause: () => Promise.resolve() });

/** Does work that yields where it may be interrupted. */
export async function inSlices<T>(work: Generator<void, T>, slices: Slices): Promise<T> {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (slices.due) await slices.pause();
  }
}

/** Does the same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}
