// How answers look on a terminal: JSON, tables, step lines.

import type { ErrorObject } from "../core/errors.ts";
import { errorText } from "../core/errors.ts";
import type { Json } from "../core/json.ts";

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

/** Columns as wide as their longest cell; the last one is not padded. */
export function printTable(head: string[], rows: string[][]): void {
  const lines = [head.map((name) => name.toUpperCase()), ...rows];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  for (const line of lines) {
    printLine(line.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd());
  }
}

/** One value in one table cell, at most 60 characters; control characters cannot reach the terminal. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  const text = visible(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > 60 ? text.slice(0, 59) + "…" : text;
}

const MARKS: Record<string, string> = {
  completed: "\x1b[32m✓\x1b[0m",
  failed: "\x1b[31m✗\x1b[0m",
  skipped: "\x1b[2m-\x1b[0m",
  suspended: "\x1b[33m…\x1b[0m",
  retrying: "\x1b[33m↻\x1b[0m",
};

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
  const mark = terminal ? MARKS[step.status] ?? " " : step.status;
  return `${mark} ${visible(step.id)}${time}${error}`;
}

/** The text on one line, with control characters escaped. */
export function visible(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, (char) => JSON.stringify(char).slice(1, -1));
}
