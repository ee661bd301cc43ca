// How rows look as a table: whole in a pipe, and at a terminal no wider than that is.

import type { Json, JsonObject } from "../core/json.ts";
import { useColour } from "./colour.ts";
import { printLine, visible } from "./print.ts";
import { shownTime } from "./times.ts";

/** A column by its heading; one with `least` may be cut, though not below so many characters. */
export type Column = string | { name: string; least: number };

/** What a cell shows: text, which a last column wraps, or a value, which it cuts. */
export type Cell = string | { value: string };

/** A column of a list that the daemon answered: the key of its values. */
export interface ListColumn {
  key: string;
  name: string;
  least?: number;
  /** Its values are moments. */
  isTime?: true;
  /** Its text, where it is not the value as it stands. */
  of?: (row: JsonObject) => string;
}

/** What of a run's id is never cut: enough to tell two of one millisecond apart, as a rule. */
export const LEAST_ID = 18;
/** The same of names, of which the beginning says most. */
export const LEAST_NAME = 8;

/** What a last column that is wrapped has at least, while others may be cut for it. */
const NARROWEST = 20;
/** With less it is left to the terminal. */
const LEAST_WRAPPED = 10;

/** Prints the table; returns its lines. */
export function printTable(columns: Column[], rows: Cell[][]): string[] {
  const { isTTY, columns: width } = process.stdout;
  const [title, ...lines] = tableLines(columns, rows, isTTY && width ? width : Infinity);
  printLine(useColour(process.stdout) ? `\x1b[1m${title}\x1b[0m` : title!);
  for (const line of lines) printLine(line);
  return lines;
}

export function printList(columns: ListColumn[], rows: JsonObject[]): void {
  printTable(
    columns.map(({ name, least }) => least === undefined ? name : { name, least }),
    rows.map((row) =>
      columns.map(({ key, isTime, of }) =>
        of ? of(row) : isTime ? shownTime(cell(row[key])) : cell(row[key])
      )
    ),
  );
}

/**
 * Columns as wide as their longest cell, where the width in characters allows it: those that may be
 * cut end with "…" otherwise, the widest first, and a last one that may not is wrapped.
 */
export function tableLines(columns: Column[], given: Cell[][], width: number): string[] {
  const rows = given.map((row) => row.map((cell) => typeof cell === "string" ? cell : cell.value));
  const heads = columns.map((column) => typeof column === "string" ? column : column.name);
  const lines = [heads.map((name) => name.toUpperCase()), ...rows];
  const last = columns.length - 1;
  const longest = columns.map((_, i) =>
    lines.reduce((most, line) => Math.max(most, line[i]!.length), 0)
  );
  const least = columns.map((column, i) =>
    Math.min(
      longest[i]!,
      typeof column !== "string" ? column.least : i === last ? NARROWEST : Infinity,
    )
  );
  const isWrapped = typeof columns[last] === "string";
  const widths = narrowed(
    longest.map((own, i) => i === last && isWrapped ? Math.min(own, NARROWEST) : own),
    { least, room: width - 2 * last },
  );
  const indent = widths.slice(0, last).reduce((sum, own) => sum + own + 2, 0);
  const room = width - indent >= LEAST_WRAPPED ? width - indent : Infinity;
  return lines.flatMap((line, row) => {
    const cells = line.map((text, i) => i === last && isWrapped ? text : cut(text, widths[i]!));
    const before = cells.slice(0, last).map((text, i) => text.padEnd(widths[i]!) + "  ").join("");
    const isValue = typeof given[row - 1]?.[last] === "object";
    const parts = !isWrapped
      ? [cells[last]!]
      : isValue
      ? [cutValue(cells[last]!, room)]
      : wrapped(cells[last]!, room);
    return parts.map((part, i) => (i === 0 ? before + part : " ".repeat(indent) + part).trimEnd());
  });
}

/** The widths, the widest taken from until all fit in the room, none below what it needs at least. */
function narrowed(widths: number[], limits: { least: number[]; room: number }): number[] {
  const { least, room } = limits;
  if (!Number.isFinite(room)) return widths;
  const now = widths.map((own, i) => Math.max(least[i]!, Math.min(own, room)));
  for (let over = now.reduce((sum, own) => sum + own, 0) - room; over > 0; over--) {
    const spare = now.map((own, i) => own > least[i]! ? own : 0);
    const most = Math.max(...spare);
    if (most === 0) break;
    now[spare.indexOf(most)]!--;
  }
  return now;
}

function cut(text: string, width: number): string {
  return text.length > width ? text.slice(0, width - 1) + "…" : text;
}

/** JSON or text in so many characters, cut between its parts where the second half has such a place. */
function cutValue(text: string, width: number): string {
  if (text.length <= width) return text;
  const whole = text.endsWith("…") ? text.slice(0, -1) : text;
  const room = whole.slice(0, width - 1);
  const end = Math.max(...[..." ,:[{"].map((sign) => room.lastIndexOf(sign))) + 1;
  return (end > width / 2 ? room.slice(0, end).trimEnd() : room) + "…";
}

/** The text in lines of at most `room` characters, broken at spaces where there are any. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > room) {
    const space = rest.lastIndexOf(" ", room);
    const end = space > 0 ? space : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

/** A paragraph, at a terminal broken between words. */
export function printText(text: string): void {
  const { isTTY, columns: width } = process.stdout;
  wrapped(text, isTTY && width ? width : Infinity).forEach(printLine);
}

/** One value as one cell; control characters cannot reach the terminal. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}

/** Values of any size as a cell: at most 60 characters, in a pipe as well. */
export function brief(value: Json | undefined): string {
  return cutValue(cell(value), 60);
}
