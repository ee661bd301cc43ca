// How what goes wrong with a file is told: which path, and why.

import { OpcodeError } from "../../core/errors.ts";
import { shownPath } from "./names.ts";

/** A path that must not be touched. */
export function denied(at: string, reason: string): OpcodeError {
  const path = shownPath(at);
  return new OpcodeError("PATH_DENIED", `${path}: ${reason}`, { details: { path } });
}

/** What cannot be done with a file: `/path: is not a regular file`. */
export function unfit(at: string, reason: string): OpcodeError {
  const path = shownPath(at);
  return new OpcodeError("EXECUTION_ERROR", `${path}: ${reason}`, { details: { path } });
}

/** An operating system's error as EXECUTION_ERROR: `/path: no such file or directory (ENOENT)`. */
export function fileError(error: unknown, at: string): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const path = shownPath(at);
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return unfit(at, message);
  // Node writes `CODE: reason, syscall 'path' -> 'path'`, and the other paths are ours to keep.
  const reason = message.replace(/^[A-Z0-9]+: /, "").replace(/, \w+(?: '.*)?$/s, "");
  return new OpcodeError("EXECUTION_ERROR", `${path}: ${reason} (${code})`, {
    details: { path, cause_code: code },
  });
}

/** Does the work; an operating system's error in it becomes one of this path. */
export async function naming<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw fileError(error, path);
  }
}

/** An error as the operating system would report it, for what is found out without asking it. */
export function systemError(code: string, reason: string): Error {
  return Object.assign(new Error(reason), { code });
}

/** Whether the error has one of these codes of the operating system. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException)?.code ?? "");
}
