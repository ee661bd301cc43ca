// What is wrong with any of several runs.

import { checkRun } from "./check.ts";
import type { Evidence } from "./evidence.ts";

/** Each run by itself. */
export function checkRuns(evidence: readonly Evidence[]): string[] {
  return evidence.flatMap((one) => {
    const { id, templateName } = one.record.run;
    return checkRun(one).map((fault) => `${templateName} ${id}: ${fault}`);
  });
}
