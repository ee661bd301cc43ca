// Which known name somebody probably meant who wrote an unknown one.

/** Names beyond these bounds are not compared: a suggestion is a courtesy, never a cost. */
const LONGEST = 64;
const MOST = 2_000;

/**
 * The candidate closest to `word` by optimal string alignment distance, or undefined when none is
 * within a third of its length (one change at least, never all of it). Case and the separators
 * `_ - . space` do not count; of equally close candidates the first wins.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  const wanted = plain(word);
  if (wanted.length === 0) return undefined;
  let best: string | undefined;
  let least = boundOf(wanted);
  let seen = 0;
  for (const candidate of candidates) {
    if (++seen > MOST || least === 0) break;
    if (candidate.length > LONGEST) continue;
    const other = plain(candidate);
    if (other.length === 0 || Math.abs(other.length - wanted.length) >= least) continue;
    const far = distance(wanted, other);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

/** The candidates, those that `nearest` would take first and the closest of them before the others. */
export function nearestFirst(word: string, candidates: readonly string[]): string[] {
  const wanted = word.length > LONGEST ? "" : plain(word);
  const least = boundOf(wanted);
  const far = (candidate: string) => {
    if (wanted === "" || candidate.length > LONGEST) return least;
    const other = plain(candidate);
    if (other === "" || Math.abs(other.length - wanted.length) >= least) return least;
    return Math.min(least, distance(wanted, other));
  };
  const near = candidates.slice(0, MOST).map((name) => ({ name, far: far(name) }));
  near.sort((one, other) => one.far - other.far);
  return [...near.map(({ name }) => name), ...candidates.slice(MOST)];
}

/** Changes from which on a name is another one. */
function boundOf(wanted: string): number {
  return Math.min(wanted.length, Math.max(1, Math.floor(wanted.length / 3)) + 1);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[-_. ]/g, "");
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
