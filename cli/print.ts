// How answers look on a terminal: JSON, tables, step lines.

import type { ErrorObject } from "../core/errors.ts";
import { errorText } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { useColour } from "./colour.ts";

export function printJson(value: unknown): void {
  process.stdout.write(JSON.stringify(value, null, 2) + "\n");
}

export function printLine(text: string): void {
  process.stdout.write(text + "\n");
}

/** Progress and remarks: beside the result, so that the result alone can be piped on. */
export function printNote(text: string): void {
  process.stderr.write(text + "\n");
}

/** Prints a table; on a terminal its last column is wrapped to the width there is. */
export function printTable(head: string[], rows: string[][]): void {
  const { isTTY, columns } = process.stdout;
  const [title, ...lines] = tableLines(head, rows, isTTY ? columns : Infinity);
  printLine(useColour(process.stdout) ? `\x1b[1m${title}\x1b[0m` : title!);
  for (const line of lines) printLine(line);
}

/** The narrowest last column that is wrapped rather than left to the terminal. */
const NARROWEST = 20;

/** Columns as wide as their longest cell; the last one is not padded. */
export function tableLines(head: string[], rows: string[][], width: number): string[] {
  const lines = [head.map((name) => name.toUpperCase()), ...rows];
  const last = head.length - 1;
  const widths = head.slice(0, last).map((_, i) =>
    lines.reduce((most, line) => Math.max(most, line[i]!.length), 0)
  );
  const indent = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = width - indent >= NARROWEST ? width - indent : Infinity;
  return lines.flatMap((line) => {
    const before = widths.map((width, i) => line[i]!.padEnd(width) + "  ").join("");
    return wrapped(line[last]!, room).map((part, i) =>
      (i === 0 ? before + part : " ".repeat(indent) + part).trimEnd()
    );
  });
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

/** One value in one table cell, at most 60 characters; control characters cannot reach the terminal. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  const text = visible(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > 60 ? text.slice(0, 59) + "…" : text;
}

/** A sign for each status, and the colour it has where there are colours. */
const MARKS: Record<string, [sign: string, colour: number]> = {
  completed: ["✓", 32],
  failed: ["✗", 31],
  ignored: ["!", 33],
  skipped: ["-", 2],
  suspended: ["…", 33],
  retrying: ["↻", 33],
};

function markOf(status: string): string {
  const [sign, colour] = MARKS[status] ?? [" ", 0];
  return useColour(process.stderr) ? `\x1b[${colour}m${sign}\x1b[0m` : sign;
}

/** `✓ fetch  12 ms` on a terminal, `completed fetch 12 ms` elsewhere. */
export function stepLine(
  step: {
    id: string;
    status: string;
    durationMs?: number | undefined;
    error?: ErrorObject | undefined;
  },
  terminal: boolean,
): string {
  const time = step.durationMs === undefined ? "" : ` ${Math.round(step.durationMs)} ms`;
  const error = step.error === undefined ? "" : ` ${visible(errorText(step.error))}`;
  const mark = terminal ? markOf(step.status) : step.status;
  return `${mark} ${visible(step.id)}${time}${error}`;
}

/** The text on one line, with control characters escaped. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, (char) => JSON.stringify(char).slice(1, -1));
}
