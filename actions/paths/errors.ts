// How what goes wrong with a file is told: which path, and why.

import { OpcodeError } from "../../core/errors.ts";
import { shownPath } from "./names.ts";

/** A path that must not be touched. `setting`: which one says so; absent: it never may be. */
export function denied(at: string, reason: string, setting?: string): OpcodeError {
  const path = shownPath(at);
  return new OpcodeError("PATH_DENIED", `${path}: ${reason}`, {
    details: { path, ...(setting !== undefined && { setting }) },
  });
}

/** What cannot be done with a file: `/path: is not a regular file`. */
export function unfit(at: string, reason: string): OpcodeError {
  const path = shownPath(at);
  return new OpcodeError("EXECUTION_ERROR", `${path}: ${reason}`, { details: { path } });
}

/** What is said of these, whether we or the system found it. */
const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "is a directory",
  ELOOP: "too many symbolic links",
};

/** An operating system's error as EXECUTION_ERROR: `/path: no such file or directory (ENOENT)`. */
export function fileError(error: unknown, at: string): OpcodeError {
  if (error instanceof OpcodeError) return error;
  const path = shownPath(at);
  const { code, message, advice } = error as NodeJS.ErrnoException & { advice?: string };
  if (code === undefined) return unfit(at, message);
  // Node writes `CODE: reason, syscall 'path' -> 'path'`, and the other paths are ours to keep.
  const reason = REASONS[code] ??
    message.replace(/^[A-Z0-9]+: /, "").replace(/, \w+(?: '.*)?$/s, "");
  const told = `${path}: ${reason} (${code})${advice === undefined ? "" : `; ${advice}`}`;
  return new OpcodeError("EXECUTION_ERROR", told, {
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

/**
 * An error as the operating system would report it, for what is found out without asking it.
 * `advice`: what the author can do about it.
 */
export function systemError(code: string, reason: string, advice?: string): Error {
  return Object.assign(new Error(reason), { code, advice });
}

/** Whether the error has one of these codes of the operating system. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return codes.includes((error as NodeJS.ErrnoException)?.code ?? "");
}
