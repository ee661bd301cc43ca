// In which columns boxes and lines stand: as near as can be to what they are joined with.

import { type Entry, GAP } from "./layers.ts";
import type { Net } from "../nets.ts";

/** How often rows are sorted by their neighbours, and how often they are only moved after that. */
const SORTS = 8;
const MOVES = 5;

/** Sorts each row to have few crossings, and sets the column of each entry. */
export function place(rows: Entry[][], nets: readonly Net[], most: number): void {
  const joined = neighbours(rows, nets);
  for (const row of rows) settle(row, row.map(() => most / 2), most);
  for (let sweep = 0; sweep < SORTS + MOVES; sweep++) {
    // The last one goes down, so that what follows stands below what it follows.
    const isDown = (SORTS + MOVES - sweep) % 2 === 1;
    const order = isDown ? rows : [...rows].reverse();
    for (const row of order) {
      const wanted = new Map(row.map((entry) => [entry, wantedAt(entry, joined, isDown)]));
      if (sweep < SORTS) row.sort((a, b) => wanted.get(a)! - wanted.get(b)!);
      settle(row, row.map((entry) => wanted.get(entry)!), most);
    }
  }
}

interface Joined {
  above: Map<Entry, Entry[]>;
  below: Map<Entry, Entry[]>;
}

function neighbours(rows: readonly Entry[][], nets: readonly Net[]): Joined {
  const joined: Joined = { above: new Map(), below: new Map() };
  for (let at = 0; at + 1 < rows.length; at++) {
    for (const net of nets) {
      const tops = rows[at]!.filter((entry) => leaves(entry, net));
      const bottoms = rows[at + 1]!.filter((entry) => enters(entry, net));
      for (const top of tops) {
        for (const bottom of bottoms) {
          joined.below.set(top, [...joined.below.get(top) ?? [], bottom]);
          joined.above.set(bottom, [...joined.above.get(bottom) ?? [], top]);
        }
      }
    }
  }
  return joined;
}

/** Whether the net has an end at the lower side of the entry. */
export function leaves({ key, net }: Entry, of: Net): boolean {
  return key === undefined ? net === of : of.sources.includes(key);
}

/** At its upper side. */
export function enters({ key, net }: Entry, of: Net): boolean {
  return key === undefined ? net === of : of.targets.includes(key);
}

function middle({ x, width }: Entry): number {
  return x + (width >> 1);
}

function wantedAt(entry: Entry, { above, below }: Joined, isDown: boolean): number {
  const own = (isDown ? above : below).get(entry);
  if (!own) return middle(entry);
  return own.reduce((sum, other) => sum + middle(other), 0) / own.length;
}

/** Sets the columns: the least squares of the distances to the wanted middles, in this order. */
function settle(row: Entry[], wanted: readonly number[], most: number): void {
  interface Run {
    first: number;
    sum: number;
    count: number;
  }
  const offsets: number[] = [];
  let offset = 0;
  for (const { width } of row) {
    offsets.push(offset);
    offset += width + GAP;
  }
  const runs: Run[] = [];
  row.forEach((entry, i) => {
    runs.push({ first: i, sum: wanted[i]! - (entry.width >> 1) - offsets[i]!, count: 1 });
    while (runs.length > 1) {
      const [before, last] = runs.slice(-2) as [Run, Run];
      if (before.sum / before.count <= last.sum / last.count) break;
      runs.splice(-2, 2, {
        first: before.first,
        sum: before.sum + last.sum,
        count: before.count + last.count,
      });
    }
  });
  for (const { first, sum, count } of runs) {
    for (let i = first; i < first + count; i++) row[i]!.x = Math.round(sum / count) + offsets[i]!;
  }
  let right = most;
  for (const entry of row.toReversed()) {
    entry.x = Math.min(entry.x, right - entry.width);
    right = entry.x - GAP;
  }
  let left = 0;
  for (const entry of row) {
    entry.x = Math.max(entry.x, left);
    left = entry.x + entry.width + GAP;
  }
}
