// Which lines of two texts are the same, so that they can stand side by side.

export interface LinePair {
  /** Absent: there is none at that side. */
  old?: string;
  now?: string;
  isSame: boolean;
}

/** Cells of the table by which lines are matched; what is larger is shown unmatched. */
const MOST_CELLS = 4_000_000;

/** Changed lines stand beside each other, as far as both sides have some. */
export function linePairs(old: string, now: string): LinePair[] {
  const [left, right] = [old.split("\n"), now.split("\n")];
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head++;
  let tail = 0;
  const rest = Math.min(left.length, right.length) - head;
  while (tail < rest && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  const same = (lines: string[]): LinePair[] =>
    lines.map((line) => ({ old: line, now: line, isSame: true }));
  return [
    ...same(left.slice(0, head)),
    ...between(left.slice(head, left.length - tail), right.slice(head, right.length - tail)),
    ...same(left.slice(left.length - tail)),
  ];
}

function between(left: string[], right: string[]): LinePair[] {
  const pairs: LinePair[] = [];
  let gone: string[] = [];
  let come: string[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(gone.length, come.length); i++) {
      pairs.push({
        ...(i < gone.length && { old: gone[i]! }),
        ...(i < come.length && { now: come[i]! }),
        isSame: false,
      });
    }
    gone = [];
    come = [];
  };
  const isTooLarge = left.length * right.length > MOST_CELLS;
  const lengths = isTooLarge ? [] : commonLengths(left, right);
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (!isTooLarge && i < left.length && j < right.length && left[i] === right[j]) {
      flush();
      pairs.push({ old: left[i++]!, now: right[j++]!, isSame: true });
    } else if (j === right.length || (i < left.length && takesLeft(lengths, i, j))) {
      gone.push(left[i++]!);
    } else come.push(right[j++]!);
  }
  flush();
  return pairs;
}

function takesLeft(lengths: Uint32Array[], i: number, j: number): boolean {
  return lengths.length === 0 || lengths[i + 1]![j]! >= lengths[i]![j + 1]!;
}

/** How many lines the rests from there on have in common, in order. */
function commonLengths(left: string[], right: string[]): Uint32Array[] {
  const rows = Array.from({ length: left.length + 1 }, () => new Uint32Array(right.length + 1));
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      rows[i]![j] = left[i] === right[j]
        ? rows[i + 1]![j + 1]! + 1
        : Math.max(rows[i + 1]![j]!, rows[i]![j + 1]!);
    }
  }
  return rows;
}
