// Which exit code a failure is.

import { CommanderError } from "commander";
import { type ErrorObject, OpcodeError } from "../core/errors.ts";
import { ImpostorError } from "../server/challenge.ts";
import { SettingsError } from "../server/settings/load.ts";
import { ApiError, NotReached } from "./client.ts";
import { Interrupted } from "./prompt.ts";
import { UsageError } from "./usage-error.ts";

/** It was asked for as it should be, and failed. */
const FAILED = 1;
/** What was typed has to change. */
const USAGE = 2;
/** No daemon could be asked, or it was lost while it was. */
const UNREACHED = 4;
/** The time that a command was given is over, as timeout(1) tells it. */
export const TIME_OVER = 124;
/** As a shell tells Ctrl-C. */
export const INTERRUPTED = 130;

/** The exit code of a command that ended with this error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return INTERRUPTED;
  if (error instanceof NotReached || error instanceof ImpostorError) return UNREACHED;
  const isUsage = error instanceof UsageError || error instanceof CommanderError ||
    error instanceof SettingsError ||
    (error instanceof ApiError && !error.ofFile && isMistyped(error.error)) ||
    (error instanceof OpcodeError && isMistyped(error));
  return isUsage ? USAGE : FAILED;
}

/** Whether a value breaks a rule, or a name is of nothing. A definition was read, and has faults. */
function isMistyped(
  { code, details }: Pick<ErrorObject, "code"> & { details?: object | undefined },
) {
  if (code !== "VALIDATION_ERROR" && code !== "NOT_FOUND") return false;
  return !(details !== undefined && "error_count" in details);
}
