// Which failures of a program to start speak of the system, and not of what was asked of it.

import type { CircuitRules } from "../action.ts";

/** No process or memory is left for it, or its file cannot be read where it is. */
const SYSTEM: ReadonlySet<unknown> = new Set(["EAGAIN", "EIO", "ENOMEM", "ESTALE"]);

export const programCircuit: CircuitRules = {
  target: ({ command, shell }) => ({ program: shell ? "/bin/sh" : command as string }),
  verdict: ({ details }) => SYSTEM.has(details?.cause_code) ? "down" : "unknown",
};
