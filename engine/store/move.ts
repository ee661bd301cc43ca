// How all data of one store get into another: table by table, from where it was ended before, and compared at the end.

import { OpcodeError } from "../../core/errors.ts";
import { keyOf, MOVED, type MovedRow, type MovedTable, type Transfer } from "./transfer.ts";

/** Rows and bytes of them that are in memory at once, of each side. */
const PAGE = { rows: 500, bytes: 8 * 1024 ** 2 };

export interface MoveProgress {
  doing: "copy" | "compare";
  table: string;
  /** Rows, of this table, and of those that it has. */
  done: number;
  of: number;
}

export interface Moved {
  /** Whether it went on from where another one had ended. */
  resumed: boolean;
  /** By table. */
  rows: Readonly<Record<string, number>>;
}

interface Move {
  from: Transfer;
  to: Transfer;
  rows: Readonly<Record<string, number>>;
  progress: (progress: MoveProgress) => void;
}

/**
 * Moves all; what the target has is of such a move, or nothing. The target can be opened again once
 * every row of it was read and found to be that of the source. STORE_ERROR when one is not.
 */
export async function moveAll(
  { from, to, progress }: Omit<Move, "rows">,
): Promise<Moved> {
  const { rows } = await from.facts();
  const move = { from, to, rows, progress };
  const stamp = await stampOf(move);
  const { half } = await to.facts();
  const resumed = half?.source === from.id && half.stamp === stamp;
  if (!resumed) await to.begin({ source: from.id, stamp });
  await copyAll(move);
  let difference = await differenceOf(move);
  // The source was at work in between, which no number has told.
  if (difference !== null && resumed) {
    await to.begin({ source: from.id, stamp });
    await copyAll(move);
    difference = await differenceOf(move);
  }
  if (difference !== null) {
    throw new OpcodeError(
      "STORE_ERROR",
      `${difference}: the data stay where they are, and what was copied cannot be used`,
    );
  }
  await to.finish();
  return { resumed, rows };
}

/** Tells most changes of the source without reading it: nearly all add an event. */
async function stampOf({ from, rows }: Pick<Move, "from" | "rows">): Promise<string> {
  const events = MOVED.find(({ name }) => name === "events")!;
  return JSON.stringify({ rows, last: await from.last(events) });
}

async function copyAll({ from, to, rows, progress }: Move): Promise<void> {
  const there = (await to.facts()).rows;
  for (const table of MOVED) {
    let done = there[table.name]!;
    let after = await to.last(table);
    for (;;) {
      progress({ doing: "copy", table: table.name, done, of: rows[table.name]! });
      const page = await from.read(table, { after, ...PAGE });
      if (page.length === 0) break;
      await to.write(table, page);
      done += page.length;
      after = keyOf(table, page.at(-1)!);
    }
  }
}

/** In what the first row that is not the same differs, in words for people; null when all are. */
async function differenceOf(move: Move): Promise<string | null> {
  const there = (await move.to.facts()).rows;
  for (const { name } of MOVED) {
    const [here, copied] = [move.rows[name]!, there[name]!];
    if (here !== copied) return `${name} has ${here} rows here, and ${copied} there`;
  }
  for (const table of MOVED) {
    const found = await differenceIn(table, move);
    if (found !== null) return found;
  }
  return null;
}

async function differenceIn(
  table: MovedTable,
  { from, to, rows, progress }: Move,
): Promise<string | null> {
  let after = null;
  let done = 0;
  for (;;) {
    progress({ doing: "compare", table: table.name, done, of: rows[table.name]! });
    const page: MovedRow[] = await from.read(table, { after, ...PAGE });
    if (page.length === 0) return null;
    const copy = await to.read(table, { after, rows: page.length, bytes: Infinity });
    for (const [i, row] of page.entries()) {
      const other = copy[i];
      const at = row.findIndex((value, column) => !isSame(value, other?.[column]));
      if (at === -1) continue;
      const key = keyOf(table, row).join(", ");
      return `${table.columns[at]!.name} of the row ${key} of ${table.name} is not what it was`;
    }
    done += page.length;
    after = keyOf(table, page.at(-1)!);
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(one, other) === 0;
  }
  return one === other;
}
