// Which failures of an exchange speak of the host that was asked.

import type { ErrorObject } from "../../core/errors.ts";
import type { CircuitRules } from "../action.ts";

/** What speaks of this machine, or of what was asked, and not of who was asked. */
const OURS: ReadonlySet<unknown> = new Set([
  "EACCES",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EMFILE",
  "ENETDOWN",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EPERM",
  "UND_ERR_ABORTED",
  "UND_ERR_CLOSED",
  "UND_ERR_DESTROYED",
  "UND_ERR_INVALID_ARG",
  "UND_ERR_NOT_SUPPORTED",
]);

export const hostCircuit: CircuitRules = {
  /** With its port: another port is another server. */
  target: ({ url }) => ({ host: URL.canParse(url as string) ? new URL(url as string).host : "" }),
  verdict({ code, details }: ErrorObject) {
    const status = details?.status_code;
    if (typeof status === "number") return status >= 500 ? "down" : "up";
    // How long the author wants to wait says nothing of how long it takes.
    if (details?.timeout === true) {
      return details.limit === "http.default_timeout" ? "down" : "unknown";
    }
    const cause = details?.cause_code;
    return code === "EXECUTION_ERROR" && cause !== undefined && !OURS.has(cause)
      ? "down"
      : "unknown";
  },
};
