// What `opcode self-check` does: tells whether this program could run what is in the data directory.

import { resolve } from "node:path";
import { printJson, printLine, visible } from "../print.ts";
import { selfCheck, snapshotOf } from "../self-check.ts";
import { copyIfAny } from "../snapshot.ts";

export interface SelfCheckFlags {
  json?: boolean;
  /** A backup to try, in place of one that is made now. */
  backup?: string;
}

/** Returns 0 when all is well, else 1. */
export async function selfCheckCommand(flags: SelfCheckFlags): Promise<number> {
  const { env } = process;
  const report = await selfCheck(
    env,
    flags.backup === undefined
      ? (_settings, file) => copyIfAny({}, file)
      : snapshotOf(resolve(flags.backup)),
  );
  if (flags.json) printJson(report);
  else {
    for (const { name, ok, detail } of report.checks) {
      printLine(`${ok ? "ok    " : "FAILED"}  ${name}: ${visible(detail)}`);
    }
  }
  return report.ok ? 0 : 1;
}
