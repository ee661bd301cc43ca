// What the values of flags must be, and what becomes of them.

import { parseAge } from "../core/duration.ts";
import { parseJson } from "../core/exact-json.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { parseMoment } from "../core/moment.ts";
import { nearest } from "../core/nearest.ts";
import { UsageError } from "./usage-error.ts";

/** `k=v`, adding to what was given before. */
export function pairOf(flag: string) {
  return (text: string, before: Record<string, string> = {}): Record<string, string> => {
    const at = text.indexOf("=");
    if (at < 1) throw new UsageError(`${flag}: must be key=value, got "${text}"`);
    const key = text.slice(0, at);
    if (Object.hasOwn(before, key)) throw new UsageError(`${flag} ${key}: given twice`);
    return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
  };
}

/** A whole number from 1 on. */
export function countOf(flag: string) {
  return (text: string): string => {
    if (/^[1-9]\d*$/.test(text)) return text;
    throw new UsageError(`${flag}: must be a whole number from 1 on, got "${text}"`);
  };
}

/** One of these words; a slip is told which was probably meant. */
export function choiceOf<T extends string>(flag: string, choices: readonly T[]) {
  return (text: string): T => {
    const chosen = choices.find((one) => one === text);
    if (chosen !== undefined) return chosen;
    const meant = nearest(text, choices);
    const hint = meant === undefined ? "" : ` (did you mean "${meant}"?)`;
    throw new UsageError(`${flag}: must be one of ${choices.join(", ")}, got "${text}"${hint}`);
  };
}

export function jsonObjectOf(flag: string) {
  return (text: string): JsonObject => {
    try {
      const value = parseJson(text);
      if (isObject(value)) return value;
    } catch {
      // Falls through to the one message for both.
    }
    throw new UsageError(`${flag}: must be a JSON object, got "${text}"`);
  };
}

/** A moment, as RFC 3339: given so, or as the time that has passed since (`10m`, `3d`). */
export function momentOf(flag: string, now: () => number = Date.now) {
  return (text: string): string => {
    if (parseMoment(text) !== undefined) return text;
    try {
      return new Date(now() - parseAge(text)).toISOString();
    } catch {
      throw new UsageError(
        `${flag}: must be a time such as 2026-01-31T12:00:00Z, or how long ago such as 10m or 3d, ` +
          `got "${text}"`,
      );
    }
  };
}

/** Milliseconds of time; no more than a timer can count. */
export function durationOf(flag: string) {
  return (text: string): number => {
    let ms: number;
    try {
      ms = parseAge(text);
    } catch (error) {
      throw new UsageError(`${flag}: ${(error as Error).message}`);
    }
    if (ms > LONGEST_TIMER_MS) throw new UsageError(`${flag}: must be at most 596h, got "${text}"`);
    return ms;
  };
}

/** Beyond it a timer of Node fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
