// Which namespaces of its own a program may have, and what is said where they cannot be had.

import { OpcodeError } from "../../core/errors.ts";
import type { View } from "./mounts.ts";

/** Which of them. */
export interface Spaces {
  /** Of the network: without any. */
  network: boolean;
  /** Of processes, with a /proc of its own. */
  processes: boolean;
  /** Of mounts, as the view says. */
  view: View | null;
}

/** What is said where something held when it was tried, and does not now. */
export function notHeld(reason: string): OpcodeError {
  return new OpcodeError(
    "ISOLATION_ERROR",
    `not started: ${reason}`,
    { details: { setting: "isolation" } },
  );
}

/** The same of namespaces. */
export function notEntered(reason: string): OpcodeError {
  return notHeld(`its namespaces cannot be had: ${reason}`);
}
