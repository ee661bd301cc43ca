// In which row each box stands, and in which order: no arrow leads up, and no row is too wide.

import type { Net } from "../nets.ts";

/** A box, or a line that only passes through the row. */
export interface Entry {
  /** Of the box; absent of a line. */
  key?: number;
  /** Of the line. */
  net?: Net;
  width: number;
  /** Left column. */
  x: number;
}

/** Columns between two entries of a row. */
export const GAP = 2;

/** The rows from top to bottom; `keys` are in topological order. */
export function layersOf(
  keys: readonly number[],
  nets: readonly Net[],
  { widths, most }: { widths: ReadonlyMap<number, number>; most: number },
): Entry[][] {
  const into = new Map<number, number[]>();
  for (const { sources, targets } of nets) {
    for (const to of targets) into.set(to, [...into.get(to) ?? [], ...sources]);
  }
  const least = new Map<number, number>();
  for (;;) {
    const row = new Map<number, number>();
    for (const key of keys) {
      const above = (into.get(key) ?? []).map((from) => row.get(from)! + 1);
      row.set(key, Math.max(least.get(key) ?? 0, 0, ...above));
    }
    const rows = rowsOf(keys, nets, { row, widths });
    const pushed = rows.flatMap((entries, at) => tooMany(entries, most).map((key) => [key, at]));
    if (pushed.length === 0) return rows;
    // Only the uppermost: what stands below moves with it.
    const first = Math.min(...pushed.map(([, at]) => at!));
    for (const [key, at] of pushed) if (at === first) least.set(key!, first + 1);
  }
}

function rowsOf(
  keys: readonly number[],
  nets: readonly Net[],
  { row, widths }: { row: ReadonlyMap<number, number>; widths: ReadonlyMap<number, number> },
): Entry[][] {
  const rows: Entry[][] = [];
  for (const key of keys) (rows[row.get(key)!] ??= []).push({ key, width: widths.get(key)!, x: 0 });
  for (const net of nets) {
    const from = Math.min(...net.sources.map((key) => row.get(key)!));
    const to = Math.max(...net.targets.map((key) => row.get(key)!));
    for (let at = from + 1; at < to; at++) rows[at]!.push({ net, width: 3, x: 0 });
  }
  return rows;
}

/** The boxes of a row for which there is no room; one stays. */
function tooMany(entries: readonly Entry[], most: number): number[] {
  const boxes = entries.filter(({ key }) => key !== undefined);
  let room = most;
  for (const { key, width } of entries) if (key === undefined) room -= width + GAP;
  let kept = 0;
  for (const { width } of boxes) {
    room -= width + (kept > 0 ? GAP : 0);
    if (room < 0 && kept > 0) break;
    kept++;
  }
  // Rows of equal length look better than a full one and a rest.
  const even = Math.ceil(boxes.length / Math.ceil(boxes.length / kept));
  return boxes.slice(Math.min(kept, even)).map(({ key }) => key!);
}
