// What a program that failed said last on its standard error.

import { isObject, type Json } from "../core/json.ts";
import type { StepState } from "../engine/api.ts";
import { visible } from "./print.ts";

/** Lines from the end, and characters of them. */
const MOST_LINES = 10;
const MOST_CHARACTERS = 2_000;

/**
 * The last lines of the standard error of the step's program, when it failed or ended with another
 * exit code than 0; none for everything else.
 */
export function lastWords({ status, error, output }: StepState): string[] {
  const said = wordsOf(error?.details) ?? wordsOf(output);
  if (said === undefined) return [];
  if (status !== "failed" && (said.exitCode === 0 || said.exitCode === undefined)) return [];
  const tail = said.text.trimEnd().slice(-MOST_CHARACTERS).split("\n").slice(-MOST_LINES);
  return tail.length === 1 && tail[0] === "" ? [] : tail.map(visible);
}

function wordsOf(
  value: Json | undefined,
): { text: string; exitCode: Json | undefined } | undefined {
  if (!isObject(value ?? null)) return undefined;
  const { stderr, exit_code, output } = value as Record<string, Json>;
  if (typeof stderr === "string") return { text: stderr, exitCode: exit_code };
  return wordsOf(output);
}
