// How answers look on a terminal: JSON, lines, steps.

import type { ErrorObject } from "../core/errors.ts";
import { errorText } from "../core/errors.ts";
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

/** A sign for each status, and the colour it has where there are colours. */
const MARKS: Record<string, [sign: string, colour: number]> = {
  completed: ["✓", 32],
  failed: ["✗", 31],
  ignored: ["!", 33],
  skipped: ["-", 2],
  suspended: ["…", 33],
  retrying: ["↻", 33],
  running: ["↻", 33],
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
