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

/** What is said where namespaces were there when they were tried, and are not now. */
export function notEntered(reason: string): OpcodeError {
  return new OpcodeError(
    "ISOLATION_ERROR",
    `not started: its namespaces cannot be had: ${reason}`,
    {
      details: { setting: "isolation" },
    },
  );
}
